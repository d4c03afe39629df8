// Model files in memory: what a layout describes, filled.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "format/format.h"

namespace hug::test {

inline std::uint64_t place_of(const format::GgufLayout& layout, std::size_t i) {
  return layout.file_offset(i);
}

inline std::uint64_t size_of(const format::GgufTensor& tensor) {
  return tensor.bytes;
}

inline std::uint64_t place_of(const format::SafetensorsLayout& layout,
                              std::size_t i) {
  return layout.header.size() + layout.tensors[i].begin;
}

inline std::uint64_t size_of(const format::SafeTensor& tensor) {
  return tensor.end - tensor.begin;
}

/// The whole file: `data_of(i)` gives the bytes of tensor i of the layout,
/// all of them; what lies between tensors is zero.
template <class Layout, class DataOf>
std::vector<std::byte> model_bytes(const Layout& layout, DataOf&& data_of) {
  std::vector<std::byte> file(layout.file_bytes);
  std::ranges::copy(layout.header, file.begin());
  for (std::size_t i = 0; i < layout.tensors.size(); ++i) {
    const std::vector<std::byte> data = data_of(i);
    const std::uint64_t place = place_of(layout, i);
    if (data.size() != size_of(layout.tensors[i]) || place > file.size() ||
        data.size() > file.size() - place)
      std::abort();
    std::ranges::copy(data, file.begin() + static_cast<std::ptrdiff_t>(place));
  }
  return file;
}

/// All bytes of a source.
inline std::vector<std::byte> all_bytes(const ByteSource& source) {
  std::vector<std::byte> bytes(source.size());
  if (!source.read_at(0, bytes)) std::abort();
  return bytes;
}

inline void write_bytes(const std::string& path,
                        std::span<const std::byte> bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
}

}  // namespace hug::test

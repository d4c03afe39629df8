// Results in files: they appear whole or not at all.
#pragma once

#include <string>
#include <string_view>

#include "hug/export.h"
#include "hug/result.h"

namespace hug {

/// Writes a file beside its place, syncs it and gives it its name; what was
/// there is replaced. The folder must exist.
/// Errors: kNotFound, kNoSpace, kIo; then what was there is as it was.
HUG_EXPORT Result<void> write_output_file(const std::string& path,
                                          std::string_view bytes);

}  // namespace hug

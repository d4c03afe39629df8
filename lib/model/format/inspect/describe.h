// The kinds of models that inspect() describes.
#pragma once

#include "format/gguf_split.h"
#include "hug/inspect.h"

namespace hug::format {

Result<Inspection> describe_gguf(const FileSet& files, const std::string& name,
                                 const InspectOptions& options);
Result<Inspection> describe_checkpoint(const FileSet& files,
                                       const InspectOptions& options);
/// What hug would obey and the file, written by another, does not tell.
std::vector<ModelMissing> missing_facts(const Gguf& gguf);
ModelTemplate describe_template(std::string_view text);
/// A value as JSON; arrays beyond `items` elements are cut.
std::string value_json(const GgufValue& value, std::size_t items);
/// The name of a general.file_type ("Q4_K_M"); empty for unknown ones.
std::string_view file_type_name(std::uint64_t id) noexcept;

}  // namespace hug::format

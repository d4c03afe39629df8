// Chat templates: a conversation as the prompt a model was trained on.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hug/export.h"
#include "hug/file_set.h"
#include "hug/result.h"
#include "hug/tokenizer.h"

namespace hug {

/// A stretch of a rendered prompt. What came from the conversation must be
/// tokenized without reading control tokens in it.
struct PromptPart {
  std::string text = {};
  bool from_conversation = false;
};

struct Prompt {
  std::vector<PromptPart> parts = {};

  /// All parts together.
  std::string text() const;
};

struct ConversationOptions {
  /// JSON: a list of {"role", "content", ...}.
  std::string messages = {};
  /// JSON: a list of tools; empty for none.
  std::string tools = {};
  /// End with the beginning of the answer.
  bool add_generation_prompt = true;
  /// Further variables: name and JSON value ("enable_thinking", "false").
  std::vector<std::pair<std::string, std::string>> variables = {};
  std::string bos_token = {};
  std::string eos_token = {};
  /// What strftime_now() says; the clock when absent.
  std::optional<std::chrono::sys_seconds> now = {};
};

/// What a template can do, found by rendering small conversations.
struct TemplateAbilities {
  bool system = false;             ///< a system message shows
  bool tools = false;              ///< descriptions of tools show
  bool tool_calls = false;         ///< calls in an assistant message show
  bool tool_results = false;       ///< a message of role "tool" shows
  bool content_parts = false;      ///< content may be a list of parts
  bool generation_prompt = false;  ///< add_generation_prompt matters
};

/// Immutable; const methods may be called from several threads at once.
class HUG_EXPORT ChatTemplate {
 public:
  /// Jinja source of at most 1 MiB. Errors: kUsage with line and column,
  /// kLimit.
  static Result<ChatTemplate> parse(std::string_view source);

  /// Errors: kUsage (not JSON, or what the template itself refuses), kLimit
  /// (steps, depth, output).
  Result<Prompt> render(const ConversationOptions& options) const;
  TemplateAbilities probe() const;

  struct Parts;  // lib/model/text/chat_template.cc
  explicit ChatTemplate(std::shared_ptr<const Parts> parts);

 private:
  std::shared_ptr<const Parts> parts_;
};

/// The tokens of a prompt: control tokens are read only in what the template
/// itself wrote. Errors: of Tokenizer::encode.
HUG_EXPORT Result<std::vector<TokenId>> encode_prompt(
    const Tokenizer& tokenizer, const Prompt& prompt);

struct NamedTemplate {
  std::string name = {};  ///< "default", "tool_use", ...
  std::string source = {};
};

/// The text half of a model: what its files say about tokens and templates.
struct ModelText {
  std::vector<NamedTemplate> templates = {};  ///< default first
  std::string bos_token = {};
  std::string eos_token = {};
};

/// From a folder or repository (tokenizer_config.json, chat_template.jinja
/// ...). A set of one gguf file: from its metadata.
/// Errors: kCorrupt, those of reading. No template is no error.
HUG_EXPORT Result<ModelText> read_model_text(const FileSet& files);
/// The tokenizer of a folder or repository (tokenizer.json), or of a set of
/// one file. Errors: kNotFound with a hint, those of Tokenizer.
HUG_EXPORT Result<Tokenizer> open_tokenizer(const FileSet& files);

}  // namespace hug

// The room `text`: tokenizers and chat templates. It turns text into token ids
// and conversations into prompts, and back. Bytes come in through byte sources
// or as strings, from outside and not to be trusted: everything is bounded.
// `convert`, `engine` and the public headers come in; it includes core and
// `format` only.
//
// Where to begin: tokenize/tokenizer_chain.h is the tokenizer of a
// tokenizer.json and tokenize/gguf_tokenizer.cc that of a gguf file, made of
// steps/ (what is done to text before and after) and models/ (pieces to ids);
// unicode/ is what both ask about characters. jinja/ reads a template (syntax/)
// and runs it (interpreter.h, with what builtin/ offers).
#pragma once

#include "text/template.h"

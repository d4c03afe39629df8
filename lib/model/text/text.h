// The room `text`: tokenizers and chat templates. It turns text into token ids
// and conversations into prompts, and back. Bytes come in through byte sources
// or as strings, from outside and not to be trusted: everything is bounded.
// `convert`, `engine` and the public headers come in; it includes core and
// `format` only.
#pragma once

#include "text/template.h"

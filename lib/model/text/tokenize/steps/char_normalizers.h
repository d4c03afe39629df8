// Normalizers that look at one character after the other.
#pragma once

#include "text/tokenize/steps/normalizer.h"
#include "text/tokenize/unicode/unicode.h"

namespace hug::text {

NormalizerPtr make_unicode_form(NormalForm form);
NormalizerPtr make_lowercase();
/// Drops all marks.
NormalizerPtr make_strip_accents();
/// SentencePiece's rules for machine translation: no control characters, and
/// one kind of space.
NormalizerPtr make_nmt();

struct BertOptions {
  bool clean_text = true;
  bool chinese = true;
  bool strip_accents = true;
  bool lowercase = true;
};

NormalizerPtr make_bert(BertOptions options);

}  // namespace hug::text

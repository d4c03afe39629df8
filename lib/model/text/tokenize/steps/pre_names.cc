#include "text/tokenize/steps/pre_names.h"

#include <algorithm>
#include <array>

namespace hug::text {

namespace {

using Sv = std::string_view;

#define HUG_CONTRACTIONS "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
#define HUG_LINES "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
#define HUG_KANA                                        \
  "[\xe4\xb8\x80-\xe9\xbe\xa5\xe3\x81\x80-\xe3\x82\x9f" \
  "\xe3\x82\xa0-\xe3\x83\xbf]+"
#define HUG_UPPER "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
#define HUG_LOWER "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"
#define HUG_CAMEL(tail)                                     \
  "[^\\r\\n\\p{L}\\p{N}]?" HUG_UPPER "*" HUG_LOWER "+" tail \
  "|[^\\r\\n\\p{L}\\p{N}]?" HUG_UPPER "+" HUG_LOWER "*" tail "|"
#define HUG_HAN_FREE(set) "(?:(?!\\p{Han})" set ")"

constexpr Sv kGpt2 =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|"
    "\\s+(?!\\S)";
constexpr Sv kDigit = "\\p{N}";
constexpr Sv kDigits = "\\p{N}+";
constexpr Sv kDigits3 = "\\p{N}{1,3}";
constexpr Sv kAscii3 = "[0-9][0-9][0-9]";
constexpr Sv kLlama3 = HUG_CONTRACTIONS
    "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| "
    "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" HUG_LINES;
constexpr Sv kLlama3LongDigits = HUG_CONTRACTIONS
    "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}+| "
    "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" HUG_LINES;
constexpr Sv kQwen2 = HUG_CONTRACTIONS
    "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| "
    "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" HUG_LINES;
constexpr Sv kUfakzeka =
    "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| "
    "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" HUG_LINES;
constexpr Sv kQwen35 = HUG_CONTRACTIONS
    "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}|"
    " ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|" HUG_LINES;
constexpr Sv kSeedCoder = HUG_CONTRACTIONS
    "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1}| "
    "?[^\\s\\p{L}\\p{N}\\r\\n]+|" HUG_LINES;
constexpr Sv kJais2 = HUG_CONTRACTIONS
    "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
    "\\s*[\\r\\n]+|\\s{512}(?!\\S)|\\s{256}(?!\\S)|\\s{128}(?!\\S)|"
    "\\s{64}(?!\\S)|\\s{32}(?!\\S)|\\s{16}(?!\\S)|\\s{8}(?!\\S)|\\s{4}(?!\\S)|"
    "\\s{1,2}(?!\\S)|\\s{1}";
constexpr Sv kGpt4o =
    HUG_CAMEL(HUG_CONTRACTIONS
              "?") "\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" HUG_LINES;
constexpr Sv kGpt4oOneDigit = HUG_CAMEL(
    HUG_CONTRACTIONS "?") "\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" HUG_LINES;
constexpr Sv kTekken =
    HUG_CAMEL("") "\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" HUG_LINES;
constexpr Sv kDigitsFromRight = "\\d{1,3}(?=(?:\\d{3})*\\b)";
constexpr Sv kHangul = "[\xea\xb0\x80-\xed\x9e\xa3\xe3\x84\xb1-\xe3\x86\x8e]+";
constexpr Sv kCjkMarks =
    "[\xef\xbc\x81\xe2\x80\xa6\xe2\x80\x9c\xe2\x80\x9d\xe2\x80\x98\xe2\x80\x99"
    "\xe2\x80\x94\xef\xbc\x9a\xef\xbc\x9b\xef\xbc\x8c\xe3\x80\x81-\xe3\x80\xbf"
    "\xef\xb8\xb0-\xef\xb9\x8f]+";
constexpr Sv kBopomofo = "[\xe3\x84\x85-\xe3\x84\xaf]+";
constexpr Sv kKana = HUG_KANA;
constexpr Sv kDeepseekWords =
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|"
    "[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| "
    "?[\\p{P}\\p{S}]+[\\r\\n]*|" HUG_LINES;
constexpr Sv kSparkWords =
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|"
    "[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+|"
    "[\\r\\n]|\\s+(?!\\S)|\\s+";
constexpr Sv kNewline = "[\\r\\n]";
constexpr Sv kSpacedLetters = "\\s?\\p{L}+";
constexpr Sv kSpacedPunctuation = "\\s?\\p{P}+";
constexpr Sv kCjkHangul =
    "[\xe4\xb8\x80-\xe9\xbe\xa5\xe0\xa0\x80-\xe4\xb8\x80\xea\xb0\x80-"
    "\xed\x9f\xbf]+";
// Letters that have a case, as deepseek-llm lists them.
constexpr Sv kCasedLetters =
    "\\s?[A-Za-z\xc2\xb5\xc3\x80-\xc3\x96\xc3\x98-\xc3\xb6\xc3\xb8-\xc6\xba"
    "\xc6\xbc-\xc6\xbf\xc7\x84-\xca\x93\xca\x95-\xca\xaf\xcd\xb0-\xcd\xb3"
    "\xcd\xb6\xcd\xb7\xcd\xbb-\xcd\xbd\xcd\xbf\xce\x86\xce\x88-\xce\x8a\xce\x8c"
    "\xce\x8e-\xce\xa1\xce\xa3-\xcf\xb5\xcf\xb7-\xd2\x81\xd2\x8a-\xd4\xaf"
    "\xd4\xb1-\xd5\x96\xe1\x82\xa0-\xe1\x83\x85\xe1\x8e\xa0-\xe1\x8f\xb5"
    "\xe1\x8f\xb8-\xe1\x8f\xbd\xe1\xb2\x90-\xe1\xb2\xba\xe1\xb2\xbd-"
    "\xe1\xb2\xbf"
    "\xe1\xb4\x80-\xe1\xb4\xab\xe1\xb5\xab-\xe1\xb5\xb7\xe1\xb5\xb9-"
    "\xe1\xb6\x9a"
    "\xe1\xb8\x80-\xe1\xbc\x95\xe1\xbc\x98-\xe1\xbc\x9d\xe1\xbc\xa0-"
    "\xe1\xbd\x85"
    "\xe1\xbd\x88-\xe1\xbd\x8d\xe1\xbd\x90-\xe1\xbd\x97\xe1\xbd\x99\xe1\xbd\x9b"
    "\xe1\xbd\x9d\xe1\xbd\x9f-\xe1\xbd\xbd\xe1\xbe\x80-\xe1\xbe\xb4"
    "\xe1\xbe\xb6-\xe1\xbe\xbc\xe1\xbe\xbe\xe1\xbf\x82-\xe1\xbf\x84"
    "\xe1\xbf\x86-\xe1\xbf\x8c\xe1\xbf\x90-\xe1\xbf\x93\xe1\xbf\x96-"
    "\xe1\xbf\x9b"
    "\xe1\xbf\xa0-\xe1\xbf\xac\xe1\xbf\xb2-\xe1\xbf\xb4\xe1\xbf\xb6-"
    "\xe1\xbf\xbc"
    "\xe2\x84\x82\xe2\x84\x87\xe2\x84\x8a-\xe2\x84\x93\xe2\x84\x95"
    "\xe2\x84\x99-\xe2\x84\x9d\xe2\x84\xa4\xe2\x84\xa6\xe2\x84\xa8"
    "\xe2\x84\xaa-\xe2\x84\xad\xe2\x84\xaf-\xe2\x84\xb4\xe2\x84\xb9"
    "\xe2\x84\xbc-\xe2\x84\xbf\xe2\x85\x85-\xe2\x85\x89\xe2\x85\x8e\xe2\x86\x83"
    "\xe2\x86\x84\xe2\xb0\x80-\xe2\xb1\xbb\xe2\xb1\xbe-\xe2\xb3\xa4"
    "\xe2\xb3\xab-\xe2\xb3\xae\xe2\xb3\xb2\xe2\xb3\xb3\xea\x99\x80-\xea\x99\xad"
    "\xea\x9a\x80-\xea\x9a\x9b\xea\x9c\xa2-\xea\x9d\xaf\xea\x9d\xb1-"
    "\xea\x9e\x87"
    "\xea\x9e\x8b-\xea\x9e\x8e\xea\xad\xb0-\xea\xae\xbf\xef\xac\x80-"
    "\xef\xac\x86"
    "\xef\xac\x93-\xef\xac\x97\xef\xbc\xa1-\xef\xbc\xba\xef\xbd\x81-"
    "\xef\xbd\x9a"
    "\xf0\x90\x90\x80-\xf0\x90\x91\x8f\xf0\x90\x92\xb0-\xf0\x90\x93\x93"
    "\xf0\x90\x93\x98-\xf0\x90\x93\xbb\xf0\x90\xb2\x80-\xf0\x90\xb2\xb2"
    "\xf0\x90\xb3\x80-\xf0\x90\xb3\xb2\xf0\x91\xa2\xa0-\xf0\x91\xa3\x9f"
    "\xf0\x9e\xa4\x80-\xf0\x9e\xa5\x83]+";
constexpr Sv kWideMarks =
    "\\s?[!-/:-~\xef\xbc\x81-\xef\xbc\x8f\xef\xbc\x9a-\xef\xbd\x9e"
    "\xe2\x80\x98-\xe2\x80\x9f\xe3\x80\x80-\xe3\x80\x82]+";
constexpr Sv kTrailingSpace = "\\s+$";
constexpr Sv kFalconMarks = "[\\p{P}\\$\\+<=>\\^~\\|`]+";
constexpr Sv kDefaultMarks = "[\\p{P}\\$\\+<=>\\^~\\|]+";
constexpr Sv kBloom =
    " ?[^(\\s|.,!?\xe2\x80\xa6\xe3\x80\x82\xef\xbc\x8c\xe3\x80\x81\xe0\xa5\xa4"
    "\xdb\x94\xd8\x8c)]+";
constexpr Sv kSuperDigits = "(?=(\\d{3})+(?!\\d))";
constexpr Sv kBailing =
    "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}|"
    " ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";
constexpr Sv kExaoneMoe = HUG_CONTRACTIONS
    "|[^\\r\\n\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}|"
    " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";
constexpr Sv kSentinel = "<sentinel:[0-9]+>";
constexpr Sv kImage = "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z";
constexpr Sv kIndent = "([\\t\\n]|    |  )";
constexpr Sv kAnyMark = "[\\p{P}!-/:-@\\[-`{-~]";
constexpr Sv kDigitGroups = "\\p{N}{1,3}(?=(?:\\p{N}{3})*(?!\\p{N}))";
constexpr Sv kAfmoeScripts =
    "[\xe4\xb8\x80-\xe9\xbf\xbf\xe3\x90\x80-\xe4\xb6\xbf\xe8\xb1\x88-"
    "\xef\xab\xbf\xe3\x81\x80-\xe3\x82\x9f\xe3\x82\xa0-\xe3\x83\xbf"
    "\xef\xbd\xa5-\xef\xbe\x9f\xe2\xbc\x80-\xe2\xbf\x95\xe0\xb9\x80-"
    "\xe0\xb9\xbf\xe0\xba\x80-\xe0\xbb\xbf\xe1\x9e\x80-\xe1\x9f\xbf"
    "\xe1\x80\x80-\xe1\x82\x9f\xea\xa9\xa0-\xea\xa9\xbf\xea\xa7\xa0-"
    "\xea\xa7\xbf\xea\xb0\x80-\xed\x9e\xaf\xe1\x84\x80-\xe1\x87\xbf]+";
constexpr Sv kKimi =
    "\\p{Han}+|[^\\r\\n\\p{L}\\p{N}]?" HUG_HAN_FREE(HUG_UPPER)
    "*" HUG_HAN_FREE(HUG_LOWER) "+" HUG_CONTRACTIONS
    "?|[^\\r\\n\\p{L}\\p{N}]?" HUG_HAN_FREE(HUG_UPPER)
    "+" HUG_HAN_FREE(HUG_LOWER) "*" HUG_CONTRACTIONS
    "?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" HUG_LINES;
constexpr Sv kLineRuns = "[^\\n]+|[\\n]+";
constexpr Sv kWords = "\\S+";

#undef HUG_CONTRACTIONS
#undef HUG_LINES
#undef HUG_KANA
#undef HUG_UPPER
#undef HUG_LOWER
#undef HUG_CAMEL
#undef HUG_HAN_FREE

template <std::size_t N>
using List = std::array<Sv, N>;
constexpr List<1> kGpt2List{kGpt2};
constexpr List<2> kStarcoderList{kDigit, kGpt2};
constexpr List<1> kLlama3List{kLlama3};
constexpr List<2> kMinicpmList{kDigits3, kLlama3LongDigits};
constexpr List<1> kQwen2List{kQwen2};
constexpr List<2> kLagunaList{kLineRuns, kQwen2};
constexpr List<1> kUfakzekaList{kUfakzeka};
constexpr List<1> kQwen35List{kQwen35};
constexpr List<1> kSeedList{kSeedCoder};
constexpr List<1> kJais2List{kJais2};
constexpr List<1> kGpt4oList{kGpt4o};
constexpr List<1> kTekkenList{kTekken};
constexpr List<2> kAyaList{kDigitsFromRight, kGpt4o};
constexpr List<4> kYoutuList{kHangul, kCjkMarks, kBopomofo, kGpt4oOneDigit};
constexpr List<3> kDeepseek3List{kDigits3, kKana, kDeepseekWords};
constexpr List<4> kSparkList{kDigits3, kKana, kSparkWords, kDigit};
constexpr List<5> kDeepseekCoderList{kNewline, kSpacedLetters,
                                     kSpacedPunctuation, kCjkHangul, kDigit};
constexpr List<6> kDeepseekLlmList{kNewline,       kCasedLetters, kWideMarks,
                                   kTrailingSpace, kCjkHangul,    kDigits};
constexpr List<3> kFalconList{kFalconMarks, kGpt2, kAscii3};
constexpr List<4> kDefaultList{kDefaultMarks, kGpt2, kDigits, kAscii3};
constexpr List<1> kBloomList{kBloom};
constexpr List<2> kVikingList{kBloom, kDigit};
constexpr List<2> kSuperList{kDigits, kSuperDigits};
constexpr List<1> kBailingList{kBailing};
constexpr List<1> kExaoneMoeList{kExaoneMoe};
constexpr List<6> kChameleonList{kSentinel, kImage,   kIndent,
                                 kDigit,    kAnyMark, kGpt2};
constexpr List<3> kAfmoeList{kDigitGroups, kAfmoeScripts, kDeepseekWords};
constexpr List<1> kKimiList{kKimi};
constexpr List<1> kLinesList{kLineRuns};
constexpr List<1> kWordsList{kWords};

constexpr bool kIm = true;
constexpr bool kBos = true;
constexpr bool kSep = true;
constexpr bool kNc = false;  // clean_spaces off
constexpr bool kNo = false;
constexpr bool kClean = true;

// name, patterns, ignore_merges, add_bos, add_sep, clean_spaces, by_bytes
constexpr PreName kNames[] = {
    {"llama3", kLlama3List, kIm, kBos},
    {"llama-v3", kLlama3List, kIm, kBos},
    {"llama-bpe", kLlama3List, kIm, kBos},
    {"falcon3", kLlama3List, kIm, kBos},
    {"falcon-h1", kLlama3List, kIm, kBos},
    {"pixtral", kLlama3List, kIm, kBos},
    {"midm-2.0", kLlama3List, kIm, kBos},
    {"lfm2", kLlama3List, kIm, kBos},
    {"jina-v5-nano", kLlama3List, kIm, kBos},
    {"minicpm5", kMinicpmList, kIm},
    {"deepseek-llm", kDeepseekLlmList, kNo, kNo, kNo, kNc},
    {"deepseek-coder", kDeepseekCoderList, kNo, kNo, kNo, kNc},
    {"deepseek-v3", kDeepseek3List, kNo, kNo, kNo, kNc},
    {"hunyuan-dense", kDeepseek3List, kNo, kNo, kNo, kNc},
    {"hy_v4", kDeepseek3List, kNo, kNo, kNo, kNc},
    {"joyai-llm", kDeepseek3List, kNo, kNo, kNo, kNc},
    {"spark2_5", kSparkList, kNo, kNo, kNo, kNc},
    {"youtu", kYoutuList, kIm, kNo, kNo, kNc},
    {"falcon", kFalconList},
    {"mpt", kGpt2List},
    {"starcoder", kStarcoderList},
    {"gpt-2", kGpt2List},
    {"phi-2", kGpt2List},
    {"jina-es", kGpt2List},
    {"jina-de", kGpt2List},
    {"gigachat", kGpt2List},
    {"jina-v2-es", kGpt2List},
    {"jina-v2-de", kGpt2List},
    {"a.x-4.0", kGpt2List},
    {"mellum", kGpt2List},
    {"modern-bert", kGpt2List},
    {"exaone4", kGpt2List},
    {"jais-2", kJais2List},
    {"gemma4", kLinesList, kNo, kNo, kNo, kClean, false},
    {"granite-embed-multi-311m", kLinesList, kNo, kNo, kNo, kClean, false},
    {"sarvam-moe", kLinesList, kNo, kNo, kNo, kNc, false},
    {"jina-v1-en", kGpt2List, kNo, kNo, kSep},
    {"jina-v2-code", kGpt2List, kNo, kNo, kSep},
    {"roberta-bpe", kGpt2List, kNo, kNo, kSep},
    {"whitespace", kWordsList, kNo, kNo, kNo, kClean, false},
    {"refact", kStarcoderList},
    {"command-r", kStarcoderList, kNo, kNo, kNo, kNc},
    {"qwen2", kQwen2List, kNo, kNo, kNo, kNc},
    {"deepseek-r1-qwen", kQwen2List, kNo, kNo, kNo, kNc},
    {"kormo", kQwen2List, kNo, kNo, kNo, kNc},
    {"f2llmv2", kQwen2List, kNo, kNo, kNo, kNc},
    {"megrez", kQwen2List},
    {"qwen35", kQwen35List, kNo, kNo, kNo, kNc},
    {"stablelm2", kQwen2List},
    {"olmo", kGpt2List},
    {"dbrx", kLlama3List},
    {"smaug-bpe", kLlama3List},
    {"poro-chat", kBloomList, kNo, kNo, kNo, kNc},
    {"glm4", kLlama3List},
    {"chatglm-bpe", kLlama3List},
    {"viking", kVikingList, kNo, kNo, kNo, kNc},
    {"jais", kGpt2List},
    {"tekken", kTekkenList, kIm, kBos, kNo, kNc},
    {"smollm", kStarcoderList, kNo, kNo, kNo, kNc},
    {"codeshell", kStarcoderList},
    {"bloom", kBloomList},
    {"gpt3-finnish", kBloomList},
    {"exaone", kStarcoderList},
    {"exaone-moe", kExaoneMoeList},
    {"chameleon", kChameleonList, kNo, kBos, kNo, kNc},
    {"minerva-7b", kStarcoderList},
    {"gpt-4o", kGpt4oList, kNo, kNo, kNo, kNc},
    {"llama4", kGpt4oList, kNo, kNo, kNo, kNc},
    {"kanana2", kGpt4oList, kNo, kNo, kNo, kNc},
    {"talkie", kGpt4oList, kNo, kNo, kNo, kNc},
    {"granite-embed-multi-97m", kGpt4oList, kIm, kNo, kNo, kNc},
    {"tiny_aya", kAyaList, kNo, kNo, kNo, kNc},
    {"cohere2moe", kAyaList, kNo, kNo, kNo, kNc},
    {"superbpe", kSuperList, kNo, kNo, kNo, kNc},
    {"trillion", kGpt2List, kNo, kNo, kNo, kNc},
    {"granite-docling", kGpt2List, kNo, kNo, kNo, kNc},
    {"bailingmoe", kBailingList, kNo, kNo, kNo, kNc},
    {"bailingmoe2", kBailingList, kNo, kNo, kNo, kNc},
    {"llada-moe", kBailingList, kNo, kNo, kNo, kNc},
    {"seed-coder", kSeedList, kNo, kNo, kNo, kNc},
    {"hunyuan", kQwen2List, kNo, kNo, kNo, kNc},
    {"kimi-k2", kKimiList, kNo, kNo, kNo, kNc},
    {"ufakzeka", kUfakzekaList, kNo, kNo, kNo, kNc},
    {"grok-2", kQwen2List, kNo, kNo, kNo, kNc},
    {"afmoe", kAfmoeList, kNo, kNo, kNo, kNc},
    {"laguna", kLagunaList, kNo, kNo, kNo, kNc},
    {"minimax-m2", kGpt4oList, kNo, kNo, kNo, kNc},
    {"solar-open", kQwen2List, kNo, kNo, kNo, kNc},
    {"mellum2", kStarcoderList},
    {"default", kDefaultList},
};

}  // namespace

const PreName* find_pre_name(std::string_view name) {
  const auto* it =
      std::find_if(std::begin(kNames), std::end(kNames),
                   [&](const PreName& p) { return p.name == name; });
  return it == std::end(kNames) ? nullptr : it;
}

std::vector<std::string_view> all_pre_names() {
  std::vector<std::string_view> out;
  for (const PreName& p : kNames)
    out.push_back(p.name);
  return out;
}

Result<std::vector<PreTokenizerPtr>> make_pre_splitters(const PreName& name) {
  std::vector<PreTokenizerPtr> out;
  for (const std::string_view pattern : name.patterns) {
    auto regex = HUG_TRY(Regex::compile(pattern));
    out.push_back(std::make_unique<SplitPattern>(
        std::move(regex), SplitBehavior::kIsolated, false));
  }
  return out;
}

}  // namespace hug::text

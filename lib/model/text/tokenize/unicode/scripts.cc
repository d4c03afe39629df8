#include "text/tokenize/unicode/scripts.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/utf8.h"

namespace hug::text {

namespace {

// Every script that PCRE2 10.36 and later know by name, but Hiragana and
// Katakana.
constexpr std::string_view kNames =
    "Common Latin Han Cyrillic Arabic Devanagari Hangul Greek Hebrew Thai "
    "Inherited Armenian Georgian Bengali Gurmukhi Gujarati Oriya Tamil Telugu "
    "Kannada Malayalam Sinhala Lao Tibetan Myanmar Ethiopic Cherokee Khmer "
    "Mongolian Bopomofo Yi Braille Coptic Syriac Thaana Tagalog Buhid Hanunoo "
    "Tagbanwa Limbu Tai_Le Osmanya Ugaritic Shavian Deseret Gothic Ogham Runic "
    "Canadian_Aboriginal Old_Italic Linear_B Cypriot Buginese New_Tai_Lue "
    "Glagolitic Tifinagh Syloti_Nagri Old_Persian Kharoshthi Balinese "
    "Cuneiform Phoenician Phags_Pa Nko Sundanese Lepcha Ol_Chiki Vai "
    "Saurashtra Kayah_Li Rejang Lycian Carian Lydian Cham Tai_Tham Tai_Viet "
    "Avestan Egyptian_Hieroglyphs Samaritan Lisu Bamum Javanese Meetei_Mayek "
    "Imperial_Aramaic Old_South_Arabian Inscriptional_Parthian "
    "Inscriptional_Pahlavi Old_Turkic Kaithi Batak Brahmi Mandaic Chakma "
    "Meroitic_Cursive Meroitic_Hieroglyphs Miao Sharada Sora_Sompeng Takri "
    "Caucasian_Albanian Bassa_Vah Duployan Elbasan Grantha Pahawh_Hmong Khojki "
    "Linear_A Mahajani Manichaean Mende_Kikakui Modi Mro Nabataean "
    "Old_North_Arabian Old_Permic Palmyrene Pau_Cin_Hau Psalter_Pahlavi "
    "Siddham Khudawadi Tirhuta Warang_Citi Ahom Anatolian_Hieroglyphs Hatran "
    "Multani Old_Hungarian SignWriting Adlam Bhaiksuki Marchen Newa Osage "
    "Tangut Masaram_Gondi Nushu Soyombo Zanabazar_Square Dogra Gunjala_Gondi "
    "Hanifi_Rohingya Makasar Medefaidrin Old_Sogdian Sogdian";

// One alternative with a mark a script, so that a match names it.
class ScriptTable {
 public:
  ScriptTable() {
    std::string pattern;
    int n = 0;
    std::string_view rest = kNames;
    while (!rest.empty()) {
      const auto end = rest.find(' ');
      if (n > 0) pattern += '|';
      pattern += "\\p{" + std::string(rest.substr(0, end)) +
                 "}(*MARK:" + std::to_string(n++) + ")";
      rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    }
    int error = 0;
    PCRE2_SIZE where = 0;
    code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()),
                              pattern.size(), PCRE2_UTF | PCRE2_ANCHORED,
                              &error, &where, nullptr));
  }

  int find(std::string_view character) const {
    if (!code_) return 0;
    const std::unique_ptr<pcre2_match_data, Free> data(
        pcre2_match_data_create(1, nullptr));
    const int n = pcre2_match(
        code_.get(), reinterpret_cast<PCRE2_SPTR>(character.data()),
        character.size(), 0, PCRE2_NO_UTF_CHECK, data.get(), nullptr);
    if (n < 0) return 0;
    const auto* mark =
        reinterpret_cast<const char*>(pcre2_get_mark(data.get()));
    return mark == nullptr ? 0 : std::stoi(mark);
  }

 private:
  struct Free {
    void operator()(pcre2_code* p) const { pcre2_code_free(p); }

    void operator()(pcre2_match_data* p) const { pcre2_match_data_free(p); }
  };

  std::unique_ptr<pcre2_code, Free> code_;
};

}  // namespace

int script_of(char32_t c) {
  constexpr int kHan = 2;
  if (c == ' ') return kAnyScript;
  if ((c >= 0x3041 && c <= 0x309f) || (c >= 0x30a1 && c <= 0x30ff) ||
      (c >= 0x31f0 && c <= 0x31ff) || (c >= 0xff66 && c <= 0xff9d)) {
    return kHan;
  }
  static const ScriptTable kTable;
  std::string text;
  base::append_code_point(text, c);
  return kTable.find(text);
}

}  // namespace hug::text

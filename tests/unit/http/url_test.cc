#include "http/url.h"

#include <doctest/doctest.h>

using namespace hug::http;

namespace {

std::string parsed(std::string_view text) {
  const auto url = parse_url(text);
  return url ? url->text() : "error";
}

std::string resolved(std::string_view reference) {
  const auto base = parse_url("http://a/b/c/d;p?q").value();
  const auto url = resolve_url(base, reference);
  return url ? url->text() : "error";
}

}  // namespace

TEST_CASE("URLs are normalised as browsers do, and no further") {
  static constexpr const char* kCases[][2] = {
      {"https://huggingface.co", "https://huggingface.co/"},
      {"HTTPS://HuggingFace.CO/Org/Repo", "https://huggingface.co/Org/Repo"},
      {"https://h:443/x", "https://h/x"},
      {"http://h:80/x", "http://h/x"},
      {"http://h:443/x", "http://h:443/x"},
      {"http://h:/x", "http://h/x"},
      {"  http://h/x\n", "http://h/x"},
      {"http://h?q=1", "http://h/?q=1"},
      {"http://h#f", "http://h/"},
      {"http://h/a b", "http://h/a%20b"},
      {"http://h/a%20b", "http://h/a%20b"},
      {"http://h/\xc3\xa9?\xc3\xa9", "http://h/%C3%A9?%C3%A9"},
      {"http://h/a/../../b/./c/..", "http://h/b/"},
      {"http://h/%2e%2E/a/.%2e/b", "http://h/b"},
      {"http://h/a//b", "http://h/a//b"},
      {"http://h/a\\b", "http://h/a%5Cb"},
      {"http://u:p@h/x", "http://u:p@h/x"},
      {"http://[::1]:8080/x", "http://[::1]:8080/x"},
      {"http://[FE80::1]/", "http://[fe80::1]/"},
      {"http://h:65535/", "http://h:65535/"},
      {"http://under_score.example/", "http://under_score.example/"},
      // What must not become a host.
      {"http://", "error"},
      {"http:///x", "error"},
      {"http:/h/x", "error"},
      {"http:h", "error"},
      {"h/x", "error"},
      {"ftp://h/x", "error"},
      {"javascript:alert(1)", "error"},
      {"http://h:0/", "error"},
      {"http://h:65536/", "error"},
      {"http://h:+1/", "error"},
      {"http://h:80:81/", "error"},
      {"http://a b/", "error"},
      {"http://a\tb/", "error"},
      {"http://a%2fb/", "error"},
      {"http://a\\b/", "error"},
      {"http://good\\@bad/", "http://good%5C@bad/"},
      {"http://\xe2\x85\xbcocalhost/", "error"},
      {"http://[::1/", "error"},
      {"http://[::1]x/", "error"},
      {"http://[127.0.0.1]/", "error"},
      {"http://[fe80::1%25eth0]/", "error"},
  };
  for (const auto& row : kCases) {
    CAPTURE(std::string(row[0]));
    CHECK(parsed(row[0]) == row[1]);
  }
}

TEST_CASE("references resolve as in RFC 3986, 5.4") {
  static constexpr const char* kCases[][2] = {
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g/"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q"},
      {"g#s", "http://a/b/c/g"},
      {";x", "http://a/b/c/;x"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/./x", "http://a/b/c/g?y/./x"},
      {"https://b:8443/x?y", "https://b:8443/x?y"},
      {"/\\evil/x", "http://a/%5Cevil/x"},
      {"\\\\evil/x", "http://a/b/c/%5C%5Cevil/x"},
      {"///evil", "error"},
  };
  for (const auto& row : kCases) {
    CAPTURE(std::string(row[0]));
    CHECK(resolved(row[0]) == row[1]);
  }
}

TEST_CASE("origins are the same only when scheme, host and port are") {
  const auto origin = [](std::string_view text) {
    return parse_url(text).value().origin();
  };
  CHECK(origin("https://h/a") == origin("HTTPS://H:443/b"));
  CHECK(origin("https://h/") != origin("http://h/"));
  CHECK(origin("https://h/") != origin("https://h:8443/"));
  CHECK(origin("https://h/") != origin("https://h./"));
  CHECK(origin("https://h/") != origin("https://h.evil/"));
  CHECK(origin("http://[::1]:80/").text() == "http://[::1]");
  CHECK(origin("https://h:8443/").text() == "https://h:8443");
}

TEST_CASE("what people see has no secrets") {
  const auto url =
      parse_url("https://user:pw@cdn.example/f?X-Amz-Signature=ab&x=1&token=t")
          .value();
  CHECK(url.display() ==
        "https://***@cdn.example/f?X-Amz-Signature=***&x=1&token=***");
  CHECK(display_url("see http://u:p@h/?sig=1") == "see http://***@h/?sig=***");
  CHECK(display_url("no url") == "no url");
  const auto error = parse_url("http://u:secret@bad host/").error();
  CHECK(error.message().find("secret") == std::string::npos);
}

TEST_CASE("escapes follow the clients of the Hub") {
  CHECK(encode_path("subfolder/to?/awful?filename%you:should,never.give") ==
        "subfolder/to%3F/awful%3Ffilename%25you%3Ashould%2Cnever.give");
  CHECK(encode_segment("refs/pr/1") == "refs%2Fpr%2F1");
  CHECK(encode_segment("a~b-c_d.e") == "a~b-c_d.e");
  CHECK(encode_component("a(b)!'*/") == "a(b)!'*%2F");
  CHECK(encode_segment("\xc3\xa9") == "%C3%A9");
  CHECK(decode("a%2Fb+c") == "a/b+c");
  CHECK(decode_form("a%2Fb+c") == "a/b c");
  CHECK(!decode("%2"));
  CHECK(!decode("%zz"));
}

TEST_CASE("queries come apart and go together") {
  const auto query = parse_query("a=1&b=x+y&c&&d=%26&e=%");
  CHECK(query ==
        Query{{"a", "1"}, {"b", "x y"}, {"c", ""}, {"d", "&"}, {"e", "%"}});
  CHECK(format_query({{"k k", "a&b"}, {"z", ""}}) == "k%20k=a%26b&z=");
  auto url = parse_url("http://h/api").value();
  url.append_path("models").add_query("search", "a b").add_query("n", "5");
  CHECK(url.text() == "http://h/api/models?search=a%20b&n=5");
}

// Sessions over the small real model: what is remembered changes the time of
// an answer, never the answer.
#include "hug/session.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "base/hash.h"
#include "support/temp_dir.h"
#include "tiny_model.h"

using namespace hug;
using namespace hug::test;
namespace fs = std::filesystem;

namespace {

const fs::path kFile = fs::path(HUG_BINARY_DIR) / "session-test.session";

const LocalModel& model() {
  static const LocalModel kModel = open_model(convert_tiny("q8_0"));
  return kModel;
}

Session open_session(const SessionOptions& options = {}) {
  auto session = Session::open(model(), options);
  REQUIRE(session.has_value());
  return *std::move(session);
}

std::vector<TokenId> ids_of(std::string_view text) {
  auto ids = model().tokenizer().encode(text);
  REQUIRE(ids.has_value());
  return ids->ids;
}

Generation generate(Session& session, std::span<const TokenId> prompt,
                    const GenerateOptions& options) {
  auto out = session.generate(prompt, options);
  INFO((out ? "" : out.error().message()));
  REQUIRE(out.has_value());
  return *out;
}

Code load_code(const std::string& bytes) {
  const fs::path path = fs::path(HUG_BINARY_DIR) / "session-test.broken";
  put_file(path, bytes);
  Session session = open_session();
  auto loaded = session.load(path);
  REQUIRE_FALSE(loaded.has_value());
  CHECK(session.tokens().empty());
  // It can be used all the same.
  CHECK(generate(session, ids_of("Once"), greedy_through(2)).tokens.size() ==
        2);
  return loaded.error().code();
}

}  // namespace

TEST_CASE("session: a common beginning is computed once") {
  Session warm = open_session();
  const auto first = ids_of("Once upon a time there was a");
  const Generation one = generate(warm, first, greedy_through(8));
  CHECK(one.reused_tokens == 0);
  // Goes on where the answer ended.
  auto longer = first;
  longer.insert(longer.end(), one.tokens.begin(), one.tokens.end());
  const auto more = ids_of(" and then");
  longer.insert(longer.end(), more.begin() + 1, more.end());
  const Generation two = generate(warm, longer, greedy_through(8));
  CHECK(two.reused_tokens == first.size() + one.tokens.size() - 1);
  Session cold = open_session();
  CHECK(generate(cold, longer, greedy_through(8)).tokens == two.tokens);
  // Another end: only what is common stays.
  auto other = first;
  other.back() = longer.back();
  const Generation three = generate(warm, other, greedy_through(8));
  CHECK(three.reused_tokens == first.size() - 1);
  Session fresh = open_session();
  CHECK(generate(fresh, other, greedy_through(8)).tokens == three.tokens);
  // The same again.
  CHECK(generate(warm, other, greedy_through(8)).tokens == three.tokens);
}

TEST_CASE("session: the context bounds prompt and answer") {
  Session session = open_session({.context = 16});
  const auto prompt = ids_of("Once upon a time");
  const Generation g = generate(session, prompt, greedy_through(0));
  CHECK(g.reason == FinishReason::kLength);
  CHECK(prompt.size() + g.tokens.size() == 16);
  const std::vector<TokenId> long_prompt(16, 5);
  const auto refused = session.generate(long_prompt, greedy_through(1));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == Code::kUsage);
  CHECK(refused.error().message().find("16") != std::string::npos);
}

TEST_CASE("session: a stop ends an answer and leaves the session whole") {
  Session session = open_session();
  std::stop_source stop;
  auto options = greedy_through(100);
  options.cancel = stop.get_token();
  int pieces = 0;
  const auto prompt = ids_of("Once upon a time");
  auto g = session.generate(prompt, options, [&](std::string_view) {
    if (++pieces == 3) stop.request_stop();
    return true;
  });
  REQUIRE(g.has_value());
  CHECK(g->reason == FinishReason::kCancelled);
  CHECK(g->tokens.size() < 10);
  // A prompt that is stopped before it begins.
  g = session.generate(ids_of("Something else"), options);
  REQUIRE(g.has_value());
  CHECK(g->tokens.empty());
  Session fresh = open_session();
  CHECK(generate(session, prompt, greedy_through(8)).tokens ==
        generate(fresh, prompt, greedy_through(8)).tokens);
}

TEST_CASE("a model that was told to stop computes no more") {
  std::stop_source stop;
  ModelOptions options;
  options.cancel = stop.get_token();
  const auto model = LocalModel::open(test::convert_tiny("f16"), options);
  REQUIRE(model.has_value());
  const std::vector<TokenId> ids = {1, 5, 9};
  CHECK(model->logits(ids).has_value());
  stop.request_stop();
  CHECK(model->logits(ids).error().code() == Code::kCancelled);
  CHECK(model->perplexity("some words, and more of them", {.context = 4})
            .error()
            .code() == Code::kCancelled);
  const std::string text = "a text";
  CHECK(model->embed(std::span(&text, 1)).error().code() == Code::kCancelled);
  // An answer goes by its own token.
  CHECK(model->generate(ids, test::greedy(2))->tokens.size() == 2);
  options.quantize = "q8_0";
  CHECK(LocalModel::open(test::kTiny, options).error().code() ==
        Code::kCancelled);
}

TEST_CASE("session: banned texts do not appear") {
  const auto prompt = ids_of("Once upon a time there was a");
  Session session = open_session();
  const Generation free = generate(session, prompt, greedy_through(24));
  REQUIRE(free.text.size() > 12);
  const std::string banned = free.text.substr(free.text.size() / 2, 4);
  auto options = greedy_through(24);
  options.banned = {banned};
  std::string shown;
  auto g = session.generate(prompt, options, [&](std::string_view text) {
    shown += text;
    return true;
  });
  REQUIRE(g.has_value());
  CHECK(g->text.find(banned) == std::string::npos);
  CHECK(shown == g->text);
  CHECK(g->tokens.size() == 24);
  // Up to there nothing is different.
  const std::string before = free.text.substr(0, free.text.find(banned));
  CHECK(g->text.starts_with(before.substr(0, before.rfind(' '))));
}

TEST_CASE("session: probabilities of tokens") {
  Session session = open_session();
  auto options = greedy_through(3);
  options.logprobs = true;
  options.top_logprobs = 4;
  const auto g = generate(session, ids_of("What is 3"), options);
  REQUIRE(g.logprobs.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const TokenChoice& choice = g.logprobs[i];
    CHECK(choice.token.id == g.tokens[i]);
    REQUIRE(choice.top.size() == 4);
    CHECK(choice.top[0].id == g.tokens[i]);  // greedy
    CHECK(choice.top[0].logprob == choice.token.logprob);
    CHECK(choice.token.logprob <= 0);
    CHECK(choice.top[0].logprob >= choice.top[1].logprob);
  }
}

TEST_CASE("session: a file takes up where it was left") {
  for (const KvType type : {KvType::kF16, KvType::kQ8_0, KvType::kF32}) {
    Session session = open_session({.kv_type = type});
    const auto prompt = ids_of("Once upon a time there was a");
    const Generation one = generate(session, prompt, greedy_through(8));
    REQUIRE(session.save(kFile, "a note").has_value());
    auto longer = prompt;
    longer.insert(longer.end(), one.tokens.begin(), one.tokens.end());
    Session other = open_session({.kv_type = type});
    const auto note = other.load(kFile);
    INFO((note ? "" : note.error().message()));
    REQUIRE(note.has_value());
    CHECK(*note == "a note");
    CHECK(std::ranges::equal(other.tokens(), session.tokens()));
    const Generation two = generate(other, longer, greedy_through(8));
    CHECK(two.reused_tokens == longer.size() - 1);
    CHECK(two.tokens == generate(session, longer, greedy_through(8)).tokens);
  }
}

TEST_CASE("session: damaged files are errors") {
  Session session = open_session();
  generate(session, ids_of("Once upon a time there was a"), greedy_through(8));
  REQUIRE(session.save(kFile, "note").has_value());
  const std::string good = get_file(kFile);
  CHECK(load_code("") == Code::kCorrupt);
  CHECK(load_code(good.substr(0, good.size() / 2)) == Code::kCorrupt);
  CHECK(load_code(std::string(500, 'x')) == Code::kCorrupt);
  std::string newer = good;
  newer[7] = '9';
  CHECK(load_code(newer) == Code::kUnsupported);
  std::string flipped = good;
  flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 1);
  CHECK(load_code(flipped) == Code::kCorrupt);
  CHECK_FALSE(open_session().load("/nowhere/x").has_value());
  // Lies with a right checksum.
  const auto sealed = [](std::string bytes) {
    bytes.resize(bytes.size() - 64);
    return bytes + base::sha256_hex(bytes);
  };
  for (std::size_t at = 72; at < good.size() - 64;
       at += at < 400 ? 1 : good.size() / 60) {
    std::string lie = good;
    lie[at] = static_cast<char>(lie[at] ^ 0x81);
    const fs::path path = fs::path(HUG_BINARY_DIR) / "session-test.lie";
    put_file(path, sealed(lie));
    Session victim = open_session();
    // Numbers of keys may differ; nothing else may be believed.
    if (victim.load(path)) {
      CHECK(victim.tokens().size() == session.tokens().size());
    }
  }
  std::string other = good;
  other[10] = other[10] == 'a' ? 'b' : 'a';
  CHECK(load_code(sealed(other)) == Code::kConflict);
}

TEST_CASE("session: a file of other keys and values is refused") {
  Session session = open_session({.kv_type = KvType::kF16});
  generate(session, ids_of("Once"), greedy_through(2));
  REQUIRE(session.save(kFile, "note").has_value());
  const auto other = open_session({.kv_type = KvType::kF32}).load(kFile);
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().code() == Code::kConflict);
}

namespace {

// No file can grow beyond this while it lives.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    handler_ = ::signal(SIGXFSZ, SIG_IGN);
  }

  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  ~SmallDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_ = {};
  sighandler_t handler_ = nullptr;
};

}  // namespace

TEST_CASE("session: a full disk leaves the old file as it was") {
  Session session = open_session();
  generate(session, ids_of("Once"), greedy_through(2));
  REQUIRE(session.save(kFile, "old").has_value());
  {
    const SmallDisk disk(1000);
    CHECK_FALSE(session.save(kFile, "new").has_value());
  }
  const auto note = session.load(kFile);
  REQUIRE(note.has_value());
  CHECK(*note == "old");
}

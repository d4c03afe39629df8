#include <doctest/doctest.h>

#include "cmd/cmd.h"
#include "spec/parse.h"
#include "spec/suggest.h"

using namespace hug;
using namespace hug::cli;

namespace {

constexpr std::string_view kColors[] = {"red", "green"};
constexpr Option kOptions[] = {
    {.name = "first",
     .kind = Kind::kPositional,
     .value = "FIRST",
     .help = "One.",
     .required = true},
    {.name = "rest",
     .kind = Kind::kPositional,
     .value = "REST",
     .help = "More.",
     .many = true},
    {.name = "human", .letter = 'h', .help = "Letter of the global help."},
    {.name = "force", .letter = 'f', .help = "A flag.", .negation = true},
    {.name = "color",
     .letter = 'c',
     .kind = Kind::kValue,
     .value = "COLOR",
     .help = "A choice.",
     .choices = kColors,
     .fallback = "red"},
    {.name = "tag",
     .also = "label",
     .kind = Kind::kValue,
     .value = "T",
     .help = "Many.",
     .many = true},
    {.name = "size",
     .kind = Kind::kValue,
     .type = Type::kBytes,
     .value = "N",
     .help = "A size.",
     .env = "X_SIZE"},
    {.name = "wait",
     .kind = Kind::kValue,
     .type = Type::kDuration,
     .value = "T",
     .help = "A time."},
};
constexpr Example kExamples[] = {{"x leaf a"}};

Result<void> nothing(App&, const Args&) {
  return {};
}

constexpr Command kLeaf{.name = "leaf",
                        .summary = "A leaf.",
                        .options = kOptions,
                        .examples = kExamples,
                        .run = nothing};
static_assert(well_formed(kLeaf));
constexpr Option kPassOptions[] = {{.name = "words",
                                    .kind = Kind::kPositional,
                                    .value = "W",
                                    .help = "Words.",
                                    .many = true}};
constexpr Command kPass{.name = "pass",
                        .summary = "Passes on.",
                        .options = kPassOptions,
                        .examples = kExamples,
                        .literal_after = 1,
                        .run = nothing};
constexpr const Command* kChildren[] = {&kLeaf, &kPass};
constexpr Command kTree{
    .name = "x", .summary = "A tree.", .children = kChildren};

Args good(const std::vector<std::string>& words) {
  auto parsed = parse(kTree, words);
  REQUIRE(parsed.has_value());
  REQUIRE(parsed->outcome == Parsed::Outcome::kRun);
  return parsed->args;
}

std::string bad(const std::vector<std::string>& words) {
  auto parsed = parse(kTree, words);
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().code() == Code::kUsage);
  return parsed.error().message();
}

}  // namespace

TEST_CASE("parse: an option that was not given takes its variable") {
  const Option* size = nullptr;
  for (const Option& option : kOptions)
    if (!option.env.empty()) size = &option;
  REQUIRE(size != nullptr);
  std::string value = "2K";
  const Variables variables = [&](std::string_view name) {
    return name == "X_SIZE" ? value : std::string();
  };
  const auto set = parse(kTree, {"leaf", "a"}, variables);
  REQUIRE(set.has_value());
  CHECK(set->args.has(size->name));
  CHECK(set->args.bytes(size->name) == 2000);
  const std::string given = "--" + std::string(size->name) + "=3K";
  CHECK(parse(kTree, {"leaf", "a", given}, variables)->args.bytes(size->name) ==
        3000);
  value = "much";
  CHECK(parse(kTree, {"leaf", "a"}, variables).error().code() == Code::kUsage);
  value = "";
  CHECK_FALSE(parse(kTree, {"leaf", "a"}, variables)->args.has(size->name));
}

TEST_CASE("parse: options may stand anywhere, and bundles are taken apart") {
  const Args args =
      good({"leaf", "a", "-fc", "green", "b", "--tag", "1", "--label=2", "c"});
  CHECK(args.text("first") == "a");
  CHECK(args.list("rest") == std::vector<std::string>{"b", "c"});
  CHECK(args.flag("force"));
  CHECK(args.text("color") == "green");
  CHECK(args.list("tag") == std::vector<std::string>{"1", "2"});
}

TEST_CASE("parse: global options work before and after the command") {
  CHECK(good({"--json", "leaf", "a"}).flag("json"));
  CHECK(good({"leaf", "a", "--format", "json"}).text("format") == "json");
  CHECK(good({"--endpoint=u", "leaf", "a"}).text("endpoint") == "u");
}

TEST_CASE("parse: a command's letter hides the global one") {
  CHECK(good({"leaf", "a", "-h"}).flag("human"));
  CHECK(parse(kTree, {"leaf", "a", "--help"})->outcome ==
        Parsed::Outcome::kHelp);
  CHECK(parse(kTree, {"pass", "-h"})->outcome == Parsed::Outcome::kHelp);
}

TEST_CASE("parse: values are taken as they are") {
  CHECK(good({"leaf", "--tag=", "a"}).list("tag") ==
        std::vector<std::string>{""});
  CHECK(good({"leaf", "--tag", "-x", "a"}).text("tag") == "-x");
  CHECK(good({"leaf", "--tag", "[p,q]", "[a,b]"}).text("tag") == "[p,q]");
  CHECK(good({"leaf", "[a,b]"}).text("first") == "[a,b]");
  CHECK(good({"leaf", "-"}).text("first") == "-");
  CHECK(good({"leaf", "--", "--tag", "--"}).list("rest") ==
        std::vector<std::string>{"--"});
}

TEST_CASE("parse: a flag has three states") {
  CHECK_FALSE(good({"leaf", "a"}).choice("force").has_value());
  CHECK(good({"leaf", "a", "--force"}).choice("force") == true);
  CHECK(good({"leaf", "a", "--no-force"}).choice("force") == false);
  CHECK(good({"leaf", "a", "--force", "--no-force"}).choice("force") == false);
}

TEST_CASE("parse: a foreign command line is left alone") {
  const Args args = good({"pass", "image", "ls", "-la", "--json"});
  CHECK(args.list("words") ==
        std::vector<std::string>{"image", "ls", "-la", "--json"});
  CHECK_FALSE(args.flag("json"));
}

TEST_CASE("parse: sizes and times are checked and converted") {
  const Args args = good({"leaf", "a", "--size", "8MiB", "--wait", "1.5m"});
  CHECK(args.bytes("size") == 8U << 20);
  CHECK(args.duration("wait") == std::chrono::seconds(90));
  CHECK(bad({"leaf", "a", "--size", "big"}).find("is not a size") !=
        std::string::npos);
  CHECK(bad({"leaf", "a", "--wait", "5 parsecs"}).find("is not a time") !=
        std::string::npos);
}

TEST_CASE("parse: what is wrong is named, with the nearest names") {
  CHECK(bad({"laef"}) == "no such command 'x laef' (did you mean 'leaf'?)");
  CHECK(bad({"leaf", "a", "--taq"}) ==
        "no such option '--taq' (did you mean '--tag'?)");
  CHECK(bad({"leaf", "a", "-z"}) == "no such option '-z'");
  CHECK(bad({"leaf", "--force"}) == "missing argument 'FIRST'");
  CHECK(bad({"leaf", "a", "--tag"}) == "option '--tag' needs a value");
  CHECK(bad({"leaf", "a", "--force=1"}) == "option '--force' takes no value");
  CHECK(bad({"leaf", "a", "--color", "blue"}) ==
        "invalid value for '--color': 'blue' is not one of 'red', 'green'");
}

TEST_CASE("parse: groups and bare commands explain themselves") {
  CHECK(parse(kTree, {})->outcome == Parsed::Outcome::kGroupAlone);
  CHECK(parse(kTree, {"--help"})->outcome == Parsed::Outcome::kHelp);
  CHECK(parse(kTree, {"leaf"})->outcome == Parsed::Outcome::kHelp);
}

TEST_CASE("suggest: at most two, nearest first, nothing far away") {
  CHECK(nearest("lst", {"list", "last", "rest", "upload"}) ==
        std::vector<std::string>{"list", "last"});
  CHECK(nearest("xyzzy", {"list", "upload"}).empty());
  CHECK(nearest("down", {"download", "up"}) ==
        std::vector<std::string>{"download"});
}

namespace {

void check_tree(const Command& command) {
  CHECK_MESSAGE(well_formed(command), command.name);
  for (const Command* child : command.children)
    check_tree(*child);
}

}  // namespace

TEST_CASE("the tree of the program is well formed all the way down") {
  check_tree(cmd::kRoot);
}

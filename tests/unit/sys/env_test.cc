#include "sys/env.h"

#include <doctest/doctest.h>

#include <set>

#include "hug/context.h"
#include "hug/environment.h"
#include "sys/context.h"
#include "sys/paths.h"

using namespace hug;
using namespace hug::sys;

TEST_CASE("env: older names count, empty values do not") {
  CHECK(Env(Env::Map{{"HF_TOKEN", "a"}, {"HUGGING_FACE_HUB_TOKEN", "b"}})
            .text("HF_TOKEN") == "a");
  CHECK(Env(Env::Map{{"HF_TOKEN", ""}, {"HUGGING_FACE_HUB_TOKEN", "b"}})
            .text("HF_TOKEN") == "b");
  CHECK(Env().text("HF_ENDPOINT") == "https://huggingface.co");
  CHECK_FALSE(Env().is_set("HF_ENDPOINT"));
  for (const char* yes : {"1", "on", "YES", "True"}) {
    CHECK(Env(Env::Map{{"HF_HUB_OFFLINE", yes}}).flag("HF_HUB_OFFLINE"));
  }
  for (const char* no : {"0", "off", "", "2", "y"}) {
    CHECK_FALSE(Env(Env::Map{{"HF_HUB_OFFLINE", no}}).flag("HF_HUB_OFFLINE"));
  }
  // As in the Python client, a set variable hides the older one.
  CHECK_FALSE(
      Env(Env::Map{{"HF_HUB_OFFLINE", "0"}, {"TRANSFORMERS_OFFLINE", "1"}})
          .flag("HF_HUB_OFFLINE"));
  CHECK(Env(Env::Map{{"TRANSFORMERS_OFFLINE", "1"}}).flag("HF_HUB_OFFLINE"));
}

TEST_CASE("env: every number has a range, and bad values name it") {
  int numbers = 0;
  std::set<std::string_view> names;
  for (const EnvironmentVariable& v : environment_variables()) {
    CAPTURE(std::string(v.name));
    CHECK(names.insert(v.name).second);
    CHECK(v.meaning.ends_with('.'));
    const bool time = v.kind == VariableKind::kSeconds;
    if (!time && v.kind != VariableKind::kNumber &&
        v.kind != VariableKind::kBytes) {
      continue;
    }
    ++numbers;
    CHECK(v.max > v.min);
    const auto ask = [&](const std::string& text) -> Result<void> {
      const Env env(Env::Map{{std::string(v.name), text}});
      if (time) {
        (void)HUG_TRY(env.seconds(v.name));
      } else {
        (void)HUG_TRY(env.number(v.name));
      }
      return {};
    };
    CHECK(ask(std::string(v.fallback)));
    CHECK(ask(""));  // as unset
    for (const char* bad :
         {"-1", "abc", "1e400", "nan", "inf", " ", "99999999999999999999999",
          "1,5", "0x10", "--", "1 2"}) {
      CAPTURE(bad);
      const auto got = ask(bad);
      REQUIRE_FALSE(got);
      CHECK(got.error().code() == Code::kUsage);
      CHECK(got.error().message().find(v.name) != std::string::npos);
      CHECK(got.error().message().find(" to ") != std::string::npos);
    }
  }
  CHECK(numbers >= 6);
  CHECK(Env(Env::Map{{"HF_HUB_DOWNLOAD_TIMEOUT", "2.5"}})
            .seconds("HF_HUB_DOWNLOAD_TIMEOUT")
            .value() == std::chrono::milliseconds(2500));
}

TEST_CASE("env: places follow the Python client's rules") {
  const auto at = [](Env::Map map) { return locations(Env(std::move(map))); };
  CHECK(at({{"HOME", "/h"}}).hub_cache == "/h/.cache/huggingface/hub");
  CHECK(at({{"HOME", "/h"}, {"XDG_CACHE_HOME", "/x"}}).home ==
        "/x/huggingface");
  CHECK(at({{"HOME", "/h"}, {"HF_HOME", "~/hf"}}).token == "/h/hf/token");
  const Locations l = at({{"HOME", "/h"},
                          {"BASE", "/b"},
                          {"HF_HUB_CACHE", "$BASE/${BASE}x/$NONE"},
                          {"HF_TOKEN_PATH", "/t/tok"}});
  CHECK(l.hub_cache == "/b//bx/$NONE");
  CHECK(l.stored_tokens == "/t/stored_tokens");
  CHECK(at({{"HOME", "/h"}, {"HUGGINGFACE_HUB_CACHE", "/old"}}).hub_cache ==
        "/old");
  CHECK(at({{"HOME", "/h"}, {"HUGGINGFACE_CO_STAGING", "1"}}).home ==
        "/h/.cache/huggingface_staging");
}

TEST_CASE("context: a snapshot, given variables first, secrets hidden") {
  Context::Options options;
  options.environment = {{"HF_TOKEN", "hf_secret"}, {"HOME", "/h"}};
  const Context context(std::move(options));
  CHECK(variable_text(context, "HF_TOKEN") == "***");
  CHECK(variable_is_set(context, "HF_TOKEN"));
  CHECK(places(context).home == "/h/.cache/huggingface");
  CHECK(context.parts().check_stop());

  std::stop_source stop;
  stop.request_stop();
  Context::Options more;
  more.environment = {{"HOME", "/given"}};
  more.stop = stop.get_token();
  const Context process = Context::from_process(std::move(more));
  CHECK(process.parts().env.find("HOME") == "/given");
  CHECK(process.parts().env.find("PATH"));
  CHECK(process.parts().check_stop().error().code() == Code::kCancelled);
}

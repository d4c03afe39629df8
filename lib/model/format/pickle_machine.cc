#include "format/pickle_machine.h"

#include <utility>

#include "base/base.h"

namespace hug::format {
namespace {

constexpr PickleRef kNone = 0;
constexpr PickleRef kTrue = 1;
constexpr PickleRef kFalse = 2;
constexpr PickleRef kUnknown = 3;
constexpr PickleRef kEmptyTuple = 4;

}  // namespace

PickleMachine::PickleMachine(const ByteSource& source, std::uint64_t offset,
                             const PickleLimits& limits)
    : stream_(source, offset, limits.text), limits_(limits) {
  out_.nodes_ = {{.kind = PickleKind::kNone, .value = 0},
                 {.kind = PickleKind::kBool, .value = 1},
                 {.kind = PickleKind::kBool, .value = 0},
                 {.kind = PickleKind::kUnknown, .value = 0},
                 {.kind = PickleKind::kTuple, .value = 0}};
  out_.lists_.emplace_back();
}

void PickleMachine::odd(std::uint64_t position, std::string text, bool grave) {
  constexpr std::size_t kMost = 1000;
  if (out_.oddities_.size() < kMost)
    out_.oddities_.push_back(
        {.position = position, .text = std::move(text), .grave = grave});
}

Error PickleMachine::broken(std::string_view what) const {
  return Error(Code::kCorrupt, std::string(what) + " at byte " +
                                   std::to_string(position_) +
                                   " of the pickle");
}

PickleRef PickleMachine::add(PickleKind kind, std::uint64_t value) {
  if (out_.nodes_.size() >= limits_.nodes) {
    full_ = true;
    return kUnknown;
  }
  out_.nodes_.push_back({.kind = kind, .value = value});
  return static_cast<PickleRef>(out_.nodes_.size() - 1);
}

PickleRef PickleMachine::add_text(PickleKind kind,
                                  std::optional<std::string> text) {
  if (!text) return kUnknown;
  out_.texts_.push_back(std::move(*text));
  return add(kind, out_.texts_.size() - 1);
}

PickleRef PickleMachine::add_list(PickleKind kind,
                                  std::vector<PickleRef> items) {
  held_ += items.size();
  if (held_ > limits_.nodes) full_ = true;
  out_.lists_.push_back(std::move(items));
  return add(kind, out_.lists_.size() - 1);
}

PickleRef PickleMachine::add_global(std::string module, std::string name,
                                    std::uint64_t position) {
  out_.globals_.push_back({.module = std::move(module),
                           .name = std::move(name),
                           .position = position});
  return add(PickleKind::kGlobal, out_.globals_.size() - 1);
}

PickleRef PickleMachine::add_call(PickleRef callable, PickleRef arguments,
                                  std::uint64_t position) {
  if (out_.kind(callable) != PickleKind::kGlobal)
    odd(position, "a call of something that is not an imported name");
  out_.calls_.push_back({.callable = callable,
                         .arguments = arguments,
                         .items = {},
                         .position = position});
  return add(PickleKind::kCall, out_.calls_.size() - 1);
}

// Little-endian two's complement.
PickleRef PickleMachine::add_long(const std::optional<std::string>& raw) {
  if (!raw || raw->size() > 8) return kUnknown;
  std::uint64_t value = 0;
  for (std::size_t i = raw->size(); i-- > 0;)
    value = (value << 8) | static_cast<unsigned char>((*raw)[i]);
  const std::size_t bits = raw->size() * 8;
  if (bits != 0 && bits < 64 && (value >> (bits - 1)) != 0)
    value |= ~std::uint64_t{0} << bits;
  return add(PickleKind::kInt, value);
}

PickleRef PickleMachine::add_decimal(std::string_view text, bool may_be_bool) {
  if (may_be_bool && text == "01") return kTrue;
  if (may_be_bool && text == "00") return kFalse;
  if (!may_be_bool && text.ends_with('L')) text.remove_suffix(1);
  const auto value = base::parse_signed(text);
  if (!value) return kUnknown;
  return add(PickleKind::kInt, static_cast<std::uint64_t>(*value));
}

Result<void> PickleMachine::push(PickleRef ref) {
  if (stack_.size() >= limits_.stack)
    return Error(Code::kLimit, "the pickle's stack exceeds " +
                                   std::to_string(limits_.stack) + " values");
  stack_.push_back(ref);
  return {};
}

Result<PickleRef> PickleMachine::pop() {
  if (stack_.size() <= floor()) return broken("the stack is empty");
  const PickleRef ref = stack_.back();
  stack_.pop_back();
  return ref;
}

Result<PickleRef> PickleMachine::top() const {
  if (stack_.size() <= floor()) return broken("the stack is empty");
  return stack_.back();
}

Result<std::vector<PickleRef>> PickleMachine::pop_to_mark() {
  if (marks_.empty()) return broken("there is no mark");
  const auto begin =
      stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<PickleRef> items(begin, stack_.end());
  stack_.erase(begin, stack_.end());
  marks_.pop_back();
  return items;
}

Result<bool> PickleMachine::constant(const PickleStep& step) {
  const auto number = [&](std::uint64_t value) -> Result<bool> {
    HUG_TRY(push(add(PickleKind::kInt, value)));
    return true;
  };
  const auto value = [&](PickleRef ref) -> Result<bool> {
    HUG_TRY(push(ref));
    return true;
  };
  switch (step.op) {
    case kOpNone:
      return value(kNone);
    case kOpNewTrue:
      return value(kTrue);
    case kOpNewFalse:
      return value(kFalse);
    case kOpBinInt:
      return number(static_cast<std::uint64_t>(static_cast<std::int64_t>(
          static_cast<std::int32_t>(static_cast<std::uint32_t>(step.number)))));
    case kOpBinInt1:
    case kOpBinInt2:
      return number(step.number);
    case kOpInt:
      return value(add_decimal(*step.text, true));
    case kOpLong:
      return value(add_decimal(*step.text, false));
    case kOpLong1:
    case kOpLong4:
      return value(add_long(step.text));
    case kOpFloat:
      return value(add(PickleKind::kFloat, 0));
    case kOpBinFloat:
      return value(add(PickleKind::kFloat, __builtin_bswap64(step.number)));
    case kOpString:
      return value(
          add_text(PickleKind::kText, unquote_pickle_string(*step.text)));
    case kOpUnicode:
      return value(add_text(PickleKind::kText, decode_raw_unicode(*step.text)));
    case kOpBinString:
    case kOpShortBinString:
    case kOpBinUnicode:
    case kOpShortBinUnicode:
    case kOpBinUnicode8:
      return value(add_text(PickleKind::kText, step.text));
    case kOpBinBytes:
    case kOpShortBinBytes:
    case kOpBinBytes8:
    case kOpByteArray8:
      return value(add_text(PickleKind::kBytes, step.text));
    case kOpNextBuffer:
      odd(step.position, "a buffer from outside the pickle", false);
      return value(kUnknown);
    default:
      return false;
  }
}

Result<bool> PickleMachine::container(const PickleStep& step) {
  const auto empty = [&](PickleKind kind) -> Result<bool> {
    HUG_TRY(push(add_list(kind, {})));
    return true;
  };
  const auto marked = [&](PickleKind kind) -> Result<bool> {
    auto items = HUG_TRY(pop_to_mark());
    if (kind == PickleKind::kDict && items.size() % 2 != 0)
      return broken("a key without a value");
    HUG_TRY(push(add_list(kind, std::move(items))));
    return true;
  };
  const auto tuple = [&](std::size_t n) -> Result<bool> {
    std::vector<PickleRef> items(n);
    for (std::size_t i = n; i-- > 0;)
      items[i] = HUG_TRY(pop());
    HUG_TRY(push(add_list(PickleKind::kTuple, std::move(items))));
    return true;
  };
  switch (step.op) {
    case kOpEmptyTuple:
      HUG_TRY(push(kEmptyTuple));
      return true;
    case kOpTuple1:
      return tuple(1);
    case kOpTuple2:
      return tuple(2);
    case kOpTuple3:
      return tuple(3);
    case kOpEmptyList:
      return empty(PickleKind::kList);
    case kOpEmptyDict:
      return empty(PickleKind::kDict);
    case kOpEmptySet:
      return empty(PickleKind::kSet);
    case kOpTuple:
      return marked(PickleKind::kTuple);
    case kOpList:
      return marked(PickleKind::kList);
    case kOpDict:
      return marked(PickleKind::kDict);
    case kOpFrozenSet:
      return marked(PickleKind::kSet);
    default:
      return false;
  }
}

// Adds items to a list, set or dict, or to the object that a call made.
Result<void> PickleMachine::extend(PickleRef target,
                                   std::vector<PickleRef> items,
                                   std::uint64_t position) {
  const PickleNode& node = out_.node(target);
  held_ += items.size();
  if (held_ > limits_.nodes) full_ = true;
  std::vector<PickleRef>* to = nullptr;
  switch (node.kind) {
    case PickleKind::kList:
    case PickleKind::kSet:
    case PickleKind::kDict:
      to = &out_.lists_[node.value];
      break;
    case PickleKind::kCall:
      to = &out_.calls_[node.value].items;
      break;
    case PickleKind::kUnknown:
      odd(position, "items for a value that cannot be followed");
      return {};
    default:
      odd(position, "items for something that is no container");
      return {};
  }
  to->insert(to->end(), items.begin(), items.end());
  return {};
}

Result<bool> PickleMachine::grow(const PickleStep& step) {
  switch (step.op) {
    case kOpAppend: {
      const PickleRef item = HUG_TRY(pop());
      HUG_TRY(extend(HUG_TRY(top()), {item}, step.position));
      return true;
    }
    case kOpSetItem: {
      const PickleRef item = HUG_TRY(pop());
      const PickleRef key = HUG_TRY(pop());
      HUG_TRY(extend(HUG_TRY(top()), {key, item}, step.position));
      return true;
    }
    case kOpAppends:
    case kOpAddItems: {
      auto items = HUG_TRY(pop_to_mark());
      HUG_TRY(extend(HUG_TRY(top()), std::move(items), step.position));
      return true;
    }
    case kOpSetItems: {
      auto items = HUG_TRY(pop_to_mark());
      if (items.size() % 2 != 0) return broken("a key without a value");
      HUG_TRY(extend(HUG_TRY(top()), std::move(items), step.position));
      return true;
    }
    default:
      return false;
  }
}

Result<void> PickleMachine::put(std::uint64_t index) {
  const PickleRef ref = HUG_TRY(top());
  if (memo_.size() >= limits_.memo)
    return Error(Code::kLimit, "the pickle's memo exceeds " +
                                   std::to_string(limits_.memo) + " entries");
  memo_[index] = ref;
  return {};
}

Result<void> PickleMachine::get(std::uint64_t index) {
  const auto found = memo_.find(index);
  if (found == memo_.end()) return broken("no such memo entry");
  return push(found->second);
}

Result<bool> PickleMachine::memo(const PickleStep& step) {
  const auto done = [](Result<void> result) -> Result<bool> {
    HUG_TRY(std::move(result));
    return true;
  };
  switch (step.op) {
    case kOpBinPut:
    case kOpLongBinPut:
      return done(put(step.number));
    case kOpMemoize:
      return done(put(memo_.size()));
    case kOpBinGet:
    case kOpLongBinGet:
      return done(get(step.number));
    case kOpPut:
    case kOpGet: {
      const auto index = base::parse_unsigned(base::trim(*step.text));
      if (!index) return broken("a memo index that is no number");
      return done(step.op == kOpPut ? put(*index) : get(*index));
    }
    default:
      return false;
  }
}

Result<void> PickleMachine::stack_global(std::uint64_t position) {
  const PickleRef name = HUG_TRY(pop());
  const PickleRef module = HUG_TRY(pop());
  const bool known = out_.kind(name) == PickleKind::kText &&
                     out_.kind(module) == PickleKind::kText;
  if (!known) {
    odd(position, "an import whose name is computed");
    return push(kUnknown);
  }
  return push(add_global(std::string(*out_.as_text(module)),
                         std::string(*out_.as_text(name)), position));
}

Result<bool> PickleMachine::import(const PickleStep& step) {
  switch (step.op) {
    case kOpGlobal:
      HUG_TRY(push(add_global(*step.text, *step.second_line, step.position)));
      return true;
    case kOpStackGlobal:
      HUG_TRY(stack_global(step.position));
      return true;
    case kOpExt1:
    case kOpExt2:
    case kOpExt4:
      odd(step.position, "an import by number (EXT)");
      HUG_TRY(push(kUnknown));
      return true;
    case kOpPersId:
    case kOpBinPersId: {
      const PickleRef id = step.op == kOpPersId
                               ? add_text(PickleKind::kText, step.text)
                               : HUG_TRY(pop());
      const PickleRef ref = add(PickleKind::kPersistent, id);
      out_.persistent_.push_back(ref);
      HUG_TRY(push(ref));
      return true;
    }
    default:
      return false;
  }
}

Result<void> PickleMachine::build(std::uint64_t position) {
  HUG_TRY(pop());
  const PickleRef target = HUG_TRY(top());
  const PickleKind kind = out_.kind(target);
  if (kind == PickleKind::kGlobal)
    odd(position, "attributes set on an imported name");
  else if (kind != PickleKind::kCall)
    odd(position, "attributes set on something that no call made", false);
  return {};
}

Result<bool> PickleMachine::call(const PickleStep& step) {
  switch (step.op) {
    case kOpReduce:
    case kOpNewObj: {
      const PickleRef arguments = HUG_TRY(pop());
      const PickleRef callable = HUG_TRY(pop());
      HUG_TRY(push(add_call(callable, arguments, step.position)));
      return true;
    }
    case kOpNewObjEx: {
      const PickleRef named = HUG_TRY(pop());
      const PickleRef arguments = HUG_TRY(pop());
      const PickleRef callable = HUG_TRY(pop());
      if (out_.kind(named) != PickleKind::kDict || !out_.items(named).empty())
        odd(step.position, "a call with named arguments", false);
      HUG_TRY(push(add_call(callable, arguments, step.position)));
      return true;
    }
    case kOpInst: {
      auto items = HUG_TRY(pop_to_mark());
      const PickleRef callable =
          add_global(*step.text, *step.second_line, step.position);
      const PickleRef arguments =
          add_list(PickleKind::kTuple, std::move(items));
      HUG_TRY(push(add_call(callable, arguments, step.position)));
      return true;
    }
    case kOpObj: {
      auto items = HUG_TRY(pop_to_mark());
      if (items.empty()) return broken("nothing to call");
      const PickleRef callable = items.front();
      items.erase(items.begin());
      const PickleRef arguments =
          add_list(PickleKind::kTuple, std::move(items));
      HUG_TRY(push(add_call(callable, arguments, step.position)));
      return true;
    }
    case kOpBuild:
      HUG_TRY(build(step.position));
      return true;
    default:
      return false;
  }
}

Result<bool> PickleMachine::stack(const PickleStep& step) {
  switch (step.op) {
    case kOpMark:
      if (marks_.size() >= limits_.stack)
        return Error(Code::kLimit, "too many marks in the pickle");
      marks_.push_back(stack_.size());
      return true;
    case kOpPop:
      // As CPython: with nothing above the mark, the mark itself goes.
      if (!marks_.empty() && marks_.back() == stack_.size())
        marks_.pop_back();
      else
        (void)HUG_TRY(pop());
      return true;
    case kOpPopMark:
      (void)HUG_TRY(pop_to_mark());
      return true;
    case kOpDup:
      HUG_TRY(push(HUG_TRY(top())));
      return true;
    case kOpProto:
      if (step.number > 5) return broken("an unknown protocol");
      return true;
    case kOpFrame:
      return true;
    case kOpReadOnlyBuffer:
      (void)HUG_TRY(top());
      return true;
    case kOpStop:
      out_.root_ = HUG_TRY(pop());
      if (!stack_.empty() || !marks_.empty())
        odd(step.position, "values are left over at the end", false);
      stopped_ = true;
      return true;
    default:
      return false;
  }
}

Result<void> PickleMachine::step_once() {
  const PickleStep step = HUG_TRY(stream_.next());
  position_ = step.position;
  out_.opcodes_.set(step.op);
  const bool known = HUG_TRY(constant(step)) || HUG_TRY(container(step)) ||
                     HUG_TRY(grow(step)) || HUG_TRY(memo(step)) ||
                     HUG_TRY(import(step)) || HUG_TRY(call(step)) ||
                     HUG_TRY(stack(step));
  if (!known) return broken("an unknown opcode");
  if (full_)
    return Error(Code::kLimit, "the pickle makes more than " +
                                   std::to_string(limits_.nodes) + " values");
  return {};
}

Result<Pickle> PickleMachine::run() {
  for (std::uint64_t n = 0; !stopped_; ++n) {
    auto done = n < limits_.opcodes
                    ? step_once()
                    : Result<void>(Error(Code::kLimit,
                                         "the pickle has more than " +
                                             std::to_string(limits_.opcodes) +
                                             " opcodes"));
    out_.end_ = stream_.position();
    if (done) continue;
    const Code code = done.error().code();
    if (code != Code::kCorrupt && code != Code::kLimit)
      return std::move(done).error();
    out_.broken_ = std::move(done).error();
    break;
  }
  return std::move(out_);
}

Result<Pickle> read_pickle(const ByteSource& source, std::uint64_t offset,
                           const PickleLimits& limits) {
  return PickleMachine(source, offset, limits).run();
}

std::optional<std::int64_t> Pickle::as_int(PickleRef ref) const {
  const PickleNode& n = nodes_[ref];
  if (n.kind != PickleKind::kInt) return std::nullopt;
  return static_cast<std::int64_t>(n.value);
}

std::optional<std::string_view> Pickle::as_text(PickleRef ref) const {
  const PickleNode& n = nodes_[ref];
  if (n.kind != PickleKind::kText && n.kind != PickleKind::kBytes)
    return std::nullopt;
  return std::string_view(texts_[n.value]);
}

const std::vector<PickleRef>& Pickle::items(PickleRef ref) const {
  const PickleNode& n = nodes_[ref];
  const bool list = n.kind == PickleKind::kTuple ||
                    n.kind == PickleKind::kList || n.kind == PickleKind::kSet ||
                    n.kind == PickleKind::kDict;
  return lists_[list ? n.value : 0];  // list 0 is empty
}

const PickleGlobal* Pickle::as_global(PickleRef ref) const {
  const PickleNode& n = nodes_[ref];
  return n.kind == PickleKind::kGlobal ? &globals_[n.value] : nullptr;
}

const PickleCall* Pickle::as_call(PickleRef ref) const {
  const PickleNode& n = nodes_[ref];
  return n.kind == PickleKind::kCall ? &calls_[n.value] : nullptr;
}

std::optional<PickleRef> Pickle::as_persistent(PickleRef ref) const {
  const PickleNode& n = nodes_[ref];
  if (n.kind != PickleKind::kPersistent) return std::nullopt;
  return static_cast<PickleRef>(n.value);
}

}  // namespace hug::format

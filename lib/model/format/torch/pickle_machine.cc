#include "format/torch/pickle_machine.h"

#include <utility>

#include "base/base.h"

namespace hug::format {
namespace {

// The answer to a step whose opcode was known.
Result<bool> done(Result<void> result) {
  HUG_TRY(std::move(result));
  return true;
}

}  // namespace

PickleMachine::PickleMachine(const ByteSource& source, std::uint64_t offset,
                             const PickleLimits& limits)
    : stream_(source, offset, limits.text),
      limits_(limits),
      values_(limits.nodes) {}

Error PickleMachine::broken(std::string_view what) const {
  return Error(Code::kCorrupt, std::string(what) + " at byte " +
                                   std::to_string(position_) +
                                   " of the pickle");
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
  const auto value = [&](PickleRef ref) { return done(push(ref)); };
  const auto number = [&](std::uint64_t n) {
    return value(values_.add(PickleKind::kInt, n));
  };
  switch (step.op) {
    case kOpNone:
      return value(kPickleNone);
    case kOpNewTrue:
      return value(kPickleTrue);
    case kOpNewFalse:
      return value(kPickleFalse);
    case kOpBinInt:
      return number(static_cast<std::uint64_t>(static_cast<std::int64_t>(
          static_cast<std::int32_t>(static_cast<std::uint32_t>(step.number)))));
    case kOpBinInt1:
    case kOpBinInt2:
      return number(step.number);
    case kOpInt:
      return value(values_.add_decimal(*step.text, true));
    case kOpLong:
      return value(values_.add_decimal(*step.text, false));
    case kOpLong1:
    case kOpLong4:
      return value(values_.add_long(step.text));
    case kOpFloat:
      return value(values_.add(PickleKind::kFloat, 0));
    case kOpBinFloat:
      return value(
          values_.add(PickleKind::kFloat, __builtin_bswap64(step.number)));
    case kOpString:
      return value(values_.add_text(PickleKind::kText,
                                    unquote_pickle_string(*step.text)));
    case kOpUnicode:
      return value(
          values_.add_text(PickleKind::kText, decode_raw_unicode(*step.text)));
    case kOpBinString:
    case kOpShortBinString:
    case kOpBinUnicode:
    case kOpShortBinUnicode:
    case kOpBinUnicode8:
      return value(values_.add_text(PickleKind::kText, step.text));
    case kOpBinBytes:
    case kOpShortBinBytes:
    case kOpBinBytes8:
    case kOpByteArray8:
      return value(values_.add_text(PickleKind::kBytes, step.text));
    case kOpNextBuffer:
      values_.odd(step.position, "a buffer from outside the pickle", false);
      return value(kPickleUnknown);
    default:
      return false;
  }
}

Result<bool> PickleMachine::container(const PickleStep& step) {
  const auto empty = [&](PickleKind kind) {
    return done(push(values_.add_list(kind, {})));
  };
  const auto marked = [&](PickleKind kind) -> Result<bool> {
    auto items = HUG_TRY(pop_to_mark());
    if (kind == PickleKind::kDict && items.size() % 2 != 0)
      return broken("a key without a value");
    return done(push(values_.add_list(kind, std::move(items))));
  };
  const auto tuple = [&](std::size_t n) -> Result<bool> {
    std::vector<PickleRef> items(n);
    for (std::size_t i = n; i-- > 0;)
      items[i] = HUG_TRY(pop());
    return done(push(values_.add_list(PickleKind::kTuple, std::move(items))));
  };
  switch (step.op) {
    case kOpEmptyTuple:
      return done(push(kPickleEmptyTuple));
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

Result<bool> PickleMachine::grow(const PickleStep& step) {
  switch (step.op) {
    case kOpAppend: {
      const PickleRef item = HUG_TRY(pop());
      values_.extend(HUG_TRY(top()), {item}, step.position);
      return true;
    }
    case kOpSetItem: {
      const PickleRef item = HUG_TRY(pop());
      const PickleRef key = HUG_TRY(pop());
      values_.extend(HUG_TRY(top()), {key, item}, step.position);
      return true;
    }
    case kOpAppends:
    case kOpAddItems: {
      auto items = HUG_TRY(pop_to_mark());
      values_.extend(HUG_TRY(top()), items, step.position);
      return true;
    }
    case kOpSetItems: {
      auto items = HUG_TRY(pop_to_mark());
      if (items.size() % 2 != 0) return broken("a key without a value");
      values_.extend(HUG_TRY(top()), items, step.position);
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
  const bool known = values_.pickle().kind(name) == PickleKind::kText &&
                     values_.pickle().kind(module) == PickleKind::kText;
  if (!known) {
    values_.odd(position, "an import whose name is computed");
    return push(kPickleUnknown);
  }
  return push(values_.add_global(std::string(*values_.pickle().as_text(module)),
                                 std::string(*values_.pickle().as_text(name)),
                                 position));
}

Result<bool> PickleMachine::import(const PickleStep& step) {
  switch (step.op) {
    case kOpGlobal:
      return done(push(
          values_.add_global(*step.text, *step.second_line, step.position)));
    case kOpStackGlobal:
      return done(stack_global(step.position));
    case kOpExt1:
    case kOpExt2:
    case kOpExt4:
      values_.odd(step.position, "an import by number (EXT)");
      return done(push(kPickleUnknown));
    case kOpPersId:
    case kOpBinPersId: {
      const PickleRef id = step.op == kOpPersId
                               ? values_.add_text(PickleKind::kText, step.text)
                               : HUG_TRY(pop());
      return done(push(values_.add_persistent(id)));
    }
    default:
      return false;
  }
}

Result<void> PickleMachine::build(std::uint64_t position) {
  HUG_TRY(pop());
  const PickleRef target = HUG_TRY(top());
  const PickleKind kind = values_.pickle().kind(target);
  if (kind == PickleKind::kGlobal)
    values_.odd(position, "attributes set on an imported name");
  else if (kind != PickleKind::kCall)
    values_.odd(position, "attributes set on something that no call made",
                false);
  return {};
}

Result<bool> PickleMachine::call(const PickleStep& step) {
  switch (step.op) {
    case kOpReduce:
    case kOpNewObj: {
      const PickleRef arguments = HUG_TRY(pop());
      const PickleRef callable = HUG_TRY(pop());
      return done(push(values_.add_call(callable, arguments, step.position)));
    }
    case kOpNewObjEx: {
      const PickleRef named = HUG_TRY(pop());
      const PickleRef arguments = HUG_TRY(pop());
      const PickleRef callable = HUG_TRY(pop());
      if (values_.pickle().kind(named) != PickleKind::kDict ||
          !values_.pickle().items(named).empty())
        values_.odd(step.position, "a call with named arguments", false);
      return done(push(values_.add_call(callable, arguments, step.position)));
    }
    case kOpInst: {
      auto items = HUG_TRY(pop_to_mark());
      const PickleRef callable =
          values_.add_global(*step.text, *step.second_line, step.position);
      const PickleRef arguments =
          values_.add_list(PickleKind::kTuple, std::move(items));
      return done(push(values_.add_call(callable, arguments, step.position)));
    }
    case kOpObj: {
      auto items = HUG_TRY(pop_to_mark());
      if (items.empty()) return broken("nothing to call");
      const PickleRef callable = items.front();
      items.erase(items.begin());
      const PickleRef arguments =
          values_.add_list(PickleKind::kTuple, std::move(items));
      return done(push(values_.add_call(callable, arguments, step.position)));
    }
    case kOpBuild:
      return done(build(step.position));
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
      return done(push(HUG_TRY(top())));
    case kOpProto:
      if (step.number > 5) return broken("an unknown protocol");
      return true;
    case kOpFrame:
      return true;
    case kOpReadOnlyBuffer:
      (void)HUG_TRY(top());
      return true;
    case kOpStop:
      values_.finish(HUG_TRY(pop()));
      if (!stack_.empty() || !marks_.empty())
        values_.odd(step.position, "values are left over at the end", false);
      stopped_ = true;
      return true;
    default:
      return false;
  }
}

Result<void> PickleMachine::step_once() {
  const PickleStep step = HUG_TRY(stream_.next());
  position_ = step.position;
  values_.saw(step.op);
  const bool known = HUG_TRY(constant(step)) || HUG_TRY(container(step)) ||
                     HUG_TRY(grow(step)) || HUG_TRY(memo(step)) ||
                     HUG_TRY(import(step)) || HUG_TRY(call(step)) ||
                     HUG_TRY(stack(step));
  if (!known) return broken("an unknown opcode");
  if (values_.full())
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
    values_.end_at(stream_.position());
    if (done) continue;
    const Code code = done.error().code();
    if (code != Code::kCorrupt && code != Code::kLimit)
      return std::move(done).error();
    values_.break_off(std::move(done).error());
    break;
  }
  return values_.take();
}

Result<Pickle> read_pickle(const ByteSource& source, std::uint64_t offset,
                           const PickleLimits& limits) {
  return PickleMachine(source, offset, limits).run();
}

}  // namespace hug::format

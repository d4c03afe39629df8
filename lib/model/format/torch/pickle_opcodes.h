// The opcodes of pickles: what follows each in the stream.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hug::format {

enum class PickleArg : std::uint8_t {
  kBad,   // no such opcode
  kNone,  // nothing follows
  kU1,
  kU2,
  kU4,
  kI4,
  kU8,
  kF8,
  kLine,      // up to a newline
  kTwoLines,  // module, name
  kSized1,    // u8 length, bytes
  kSized4,    // u32 length, bytes
  kSized8,    // u64 length, bytes
};

struct PickleOpcode {
  std::string_view name = {};
  PickleArg arg = PickleArg::kBad;
};

// The bytes themselves, named as Python's pickletools names them.
enum PickleOp : std::uint8_t {
  kOpMark = '(',
  kOpEmptyTuple = ')',
  kOpStop = '.',
  kOpPop = '0',
  kOpPopMark = '1',
  kOpDup = '2',
  kOpBinBytes = 'B',
  kOpShortBinBytes = 'C',
  kOpFloat = 'F',
  kOpBinFloat = 'G',
  kOpInt = 'I',
  kOpBinInt = 'J',
  kOpBinInt1 = 'K',
  kOpLong = 'L',
  kOpBinInt2 = 'M',
  kOpNone = 'N',
  kOpPersId = 'P',
  kOpBinPersId = 'Q',
  kOpReduce = 'R',
  kOpString = 'S',
  kOpBinString = 'T',
  kOpShortBinString = 'U',
  kOpUnicode = 'V',
  kOpBinUnicode = 'X',
  kOpEmptyList = ']',
  kOpAppend = 'a',
  kOpBuild = 'b',
  kOpGlobal = 'c',
  kOpDict = 'd',
  kOpAppends = 'e',
  kOpGet = 'g',
  kOpBinGet = 'h',
  kOpInst = 'i',
  kOpLongBinGet = 'j',
  kOpList = 'l',
  kOpObj = 'o',
  kOpPut = 'p',
  kOpBinPut = 'q',
  kOpLongBinPut = 'r',
  kOpSetItem = 's',
  kOpTuple = 't',
  kOpSetItems = 'u',
  kOpEmptyDict = '}',
  kOpProto = 0x80,
  kOpNewObj = 0x81,
  kOpExt1 = 0x82,
  kOpExt2 = 0x83,
  kOpExt4 = 0x84,
  kOpTuple1 = 0x85,
  kOpTuple2 = 0x86,
  kOpTuple3 = 0x87,
  kOpNewTrue = 0x88,
  kOpNewFalse = 0x89,
  kOpLong1 = 0x8a,
  kOpLong4 = 0x8b,
  kOpShortBinUnicode = 0x8c,
  kOpBinUnicode8 = 0x8d,
  kOpBinBytes8 = 0x8e,
  kOpEmptySet = 0x8f,
  kOpAddItems = 0x90,
  kOpFrozenSet = 0x91,
  kOpNewObjEx = 0x92,
  kOpStackGlobal = 0x93,
  kOpMemoize = 0x94,
  kOpFrame = 0x95,
  kOpByteArray8 = 0x96,
  kOpNextBuffer = 0x97,
  kOpReadOnlyBuffer = 0x98,
};

constexpr std::array<PickleOpcode, 256> make_pickle_opcodes() {
  std::array<PickleOpcode, 256> t{};
  const auto set = [&](PickleOp op, std::string_view name, PickleArg arg) {
    t[op] = {.name = name, .arg = arg};
  };
  set(kOpMark, "MARK", PickleArg::kNone);
  set(kOpEmptyTuple, "EMPTY_TUPLE", PickleArg::kNone);
  set(kOpStop, "STOP", PickleArg::kNone);
  set(kOpPop, "POP", PickleArg::kNone);
  set(kOpPopMark, "POP_MARK", PickleArg::kNone);
  set(kOpDup, "DUP", PickleArg::kNone);
  set(kOpBinBytes, "BINBYTES", PickleArg::kSized4);
  set(kOpShortBinBytes, "SHORT_BINBYTES", PickleArg::kSized1);
  set(kOpFloat, "FLOAT", PickleArg::kLine);
  set(kOpBinFloat, "BINFLOAT", PickleArg::kF8);
  set(kOpInt, "INT", PickleArg::kLine);
  set(kOpBinInt, "BININT", PickleArg::kI4);
  set(kOpBinInt1, "BININT1", PickleArg::kU1);
  set(kOpLong, "LONG", PickleArg::kLine);
  set(kOpBinInt2, "BININT2", PickleArg::kU2);
  set(kOpNone, "NONE", PickleArg::kNone);
  set(kOpPersId, "PERSID", PickleArg::kLine);
  set(kOpBinPersId, "BINPERSID", PickleArg::kNone);
  set(kOpReduce, "REDUCE", PickleArg::kNone);
  set(kOpString, "STRING", PickleArg::kLine);
  set(kOpBinString, "BINSTRING", PickleArg::kSized4);
  set(kOpShortBinString, "SHORT_BINSTRING", PickleArg::kSized1);
  set(kOpUnicode, "UNICODE", PickleArg::kLine);
  set(kOpBinUnicode, "BINUNICODE", PickleArg::kSized4);
  set(kOpEmptyList, "EMPTY_LIST", PickleArg::kNone);
  set(kOpAppend, "APPEND", PickleArg::kNone);
  set(kOpBuild, "BUILD", PickleArg::kNone);
  set(kOpGlobal, "GLOBAL", PickleArg::kTwoLines);
  set(kOpDict, "DICT", PickleArg::kNone);
  set(kOpAppends, "APPENDS", PickleArg::kNone);
  set(kOpGet, "GET", PickleArg::kLine);
  set(kOpBinGet, "BINGET", PickleArg::kU1);
  set(kOpInst, "INST", PickleArg::kTwoLines);
  set(kOpLongBinGet, "LONG_BINGET", PickleArg::kU4);
  set(kOpList, "LIST", PickleArg::kNone);
  set(kOpObj, "OBJ", PickleArg::kNone);
  set(kOpPut, "PUT", PickleArg::kLine);
  set(kOpBinPut, "BINPUT", PickleArg::kU1);
  set(kOpLongBinPut, "LONG_BINPUT", PickleArg::kU4);
  set(kOpSetItem, "SETITEM", PickleArg::kNone);
  set(kOpTuple, "TUPLE", PickleArg::kNone);
  set(kOpSetItems, "SETITEMS", PickleArg::kNone);
  set(kOpEmptyDict, "EMPTY_DICT", PickleArg::kNone);
  set(kOpProto, "PROTO", PickleArg::kU1);
  set(kOpNewObj, "NEWOBJ", PickleArg::kNone);
  set(kOpExt1, "EXT1", PickleArg::kU1);
  set(kOpExt2, "EXT2", PickleArg::kU2);
  set(kOpExt4, "EXT4", PickleArg::kI4);
  set(kOpTuple1, "TUPLE1", PickleArg::kNone);
  set(kOpTuple2, "TUPLE2", PickleArg::kNone);
  set(kOpTuple3, "TUPLE3", PickleArg::kNone);
  set(kOpNewTrue, "NEWTRUE", PickleArg::kNone);
  set(kOpNewFalse, "NEWFALSE", PickleArg::kNone);
  set(kOpLong1, "LONG1", PickleArg::kSized1);
  set(kOpLong4, "LONG4", PickleArg::kSized4);
  set(kOpShortBinUnicode, "SHORT_BINUNICODE", PickleArg::kSized1);
  set(kOpBinUnicode8, "BINUNICODE8", PickleArg::kSized8);
  set(kOpBinBytes8, "BINBYTES8", PickleArg::kSized8);
  set(kOpEmptySet, "EMPTY_SET", PickleArg::kNone);
  set(kOpAddItems, "ADDITEMS", PickleArg::kNone);
  set(kOpFrozenSet, "FROZENSET", PickleArg::kNone);
  set(kOpNewObjEx, "NEWOBJ_EX", PickleArg::kNone);
  set(kOpStackGlobal, "STACK_GLOBAL", PickleArg::kNone);
  set(kOpMemoize, "MEMOIZE", PickleArg::kNone);
  set(kOpFrame, "FRAME", PickleArg::kU8);
  set(kOpByteArray8, "BYTEARRAY8", PickleArg::kSized8);
  set(kOpNextBuffer, "NEXT_BUFFER", PickleArg::kNone);
  set(kOpReadOnlyBuffer, "READONLY_BUFFER", PickleArg::kNone);
  return t;
}

inline constexpr std::array<PickleOpcode, 256> kPickleOpcodes =
    make_pickle_opcodes();

}  // namespace hug::format

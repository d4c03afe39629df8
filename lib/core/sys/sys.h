// The room `sys`: the operating system behind interfaces: files (Fs), time
// (Clock), the environment (Env), atomic files, resumable part files, locks
// with leases, mappings, byte sources, threads, randomness, terminals.
//
// Who comes in: every room but the pure ones (base, tensor). What enters: path
// names, bytes of files, environment variables; all of it untrusted. What
// leaves: Results that name the path and the cause. This is the only room that
// calls the operating system for files and the only one that reads the
// environment; sockets are the room http's.
#pragma once

#include "sys/atomic_file.h"
#include "sys/clock.h"
#include "sys/context.h"
#include "sys/env.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/mapping.h"
#include "sys/part_file.h"
#include "sys/paths.h"
#include "sys/random_source.h"
#include "sys/thread_pool.h"
#include "sys/tree.h"
#include "sys/tty.h"

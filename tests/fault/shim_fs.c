// LD_PRELOAD: file systems that lie. SHIM lists what to break:
//
//   flock=ok        every flock and fcntl lock succeeds and excludes nobody
//   flock=ENOSYS    (ENOLCK, EOPNOTSUPP) locks do not exist here
//   symlink=EPERM   no symbolic links; symlink=EPERM@3: the third one fails
//   link=EPERM      no hard links
//   rename=EXDEV@2  the second rename crosses file systems
//   fallocate=EOPNOTSUPP   no preallocation
//   fsync=EIO@N     the N-th sync fails
//   write=ENOSPC@N  from the N-th write on the disk is full
//   openat2=ENOSYS  an old kernel
//
// separated by commas: SHIM=flock=ok,symlink=EPERM
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct rule {
  const char* name;
  int set;          // 0: not in SHIM
  int error;        // 0: "ok"
  long nth;         // 0: always
  int from_nth_on;  // write: a full disk stays full
  atomic_long seen;
};

enum {
  kFlock,
  kSymlink,
  kLink,
  kRename,
  kFallocate,
  kFsync,
  kWrite,
  kOpenat2,
  kRules
};

static struct rule rules[kRules] = {
    [kFlock] = {.name = "flock"},
    [kSymlink] = {.name = "symlink"},
    [kLink] = {.name = "link"},
    [kRename] = {.name = "rename"},
    [kFallocate] = {.name = "fallocate"},
    [kFsync] = {.name = "fsync"},
    [kWrite] = {.name = "write", .from_nth_on = 1},
    [kOpenat2] = {.name = "openat2"},
};

static int errno_of(const char* name) {
  static const struct {
    const char* name;
    int value;
  } kNames[] = {{"ok", 0},          {"ENOSYS", ENOSYS},
                {"ENOLCK", ENOLCK}, {"EOPNOTSUPP", EOPNOTSUPP},
                {"EPERM", EPERM},   {"EXDEV", EXDEV},
                {"EIO", EIO},       {"ENOSPC", ENOSPC},
                {"EINVAL", EINVAL}, {"EINTR", EINTR},
                {"EACCES", EACCES}};

  for (size_t i = 0; i < sizeof kNames / sizeof *kNames; ++i) {
    if (strcmp(name, kNames[i].name) == 0) return kNames[i].value;
  }
  fprintf(stderr, "shim_fs: no such error: %s\n", name);
  _exit(99);
}

__attribute__((constructor)) static void read_rules(void) {
  const char* text = getenv("SHIM");
  if (text == NULL) return;
  char copy[512];
  snprintf(copy, sizeof copy, "%s", text);
  char* save = NULL;
  for (char* item = strtok_r(copy, ",", &save); item != NULL;
       item = strtok_r(NULL, ",", &save)) {
    char* value = strchr(item, '=');
    if (value == NULL) continue;
    *value++ = '\0';
    char* nth = strchr(value, '@');
    if (nth != NULL) *nth++ = '\0';
    for (int i = 0; i < kRules; ++i) {
      if (strcmp(item, rules[i].name) != 0) continue;
      rules[i].error = errno_of(value);
      rules[i].nth = nth == NULL ? 0 : atol(nth);
      rules[i].set = 1;
    }
  }
}

// 1 when this call is to be answered here; errno is set.
static int hit(int which) {
  struct rule* rule = &rules[which];
  if (!rule->set) return 0;
  const long n = atomic_fetch_add(&rule->seen, 1) + 1;
  const int now =
      rule->nth == 0 || n == rule->nth || (rule->from_nth_on && n > rule->nth);
  if (now) errno = rule->error;
  return now;
}

static int verdict(int which) {
  return rules[which].error == 0 ? 0 : -1;
}

#define REAL(type, name, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

int flock(int fd, int operation) {
  if (hit(kFlock)) return verdict(kFlock);
  return REAL(int, flock, int, int)(fd, operation);
}

static int is_lock(int command) {
  return command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK ||
         command == F_OFD_SETLKW;
}

#define FCNTL(name)                                               \
  int name(int fd, int command, ...) {                            \
    va_list list;                                                 \
    va_start(list, command);                                      \
    void* argument = va_arg(list, void*);                         \
    va_end(list);                                                 \
    if (is_lock(command) && hit(kFlock)) return verdict(kFlock);  \
    return REAL(int, name, int, int, ...)(fd, command, argument); \
  }
FCNTL(fcntl)
FCNTL(fcntl64)

int symlink(const char* target, const char* path) {
  if (hit(kSymlink)) return verdict(kSymlink);
  return REAL(int, symlink, const char*, const char*)(target, path);
}

int symlinkat(const char* target, int fd, const char* path) {
  if (hit(kSymlink)) return verdict(kSymlink);
  return REAL(int, symlinkat, const char*, int, const char*)(target, fd, path);
}

int link(const char* from, const char* to) {
  if (hit(kLink)) return verdict(kLink);
  return REAL(int, link, const char*, const char*)(from, to);
}

int linkat(int a, const char* from, int b, const char* to, int flags) {
  if (hit(kLink)) return verdict(kLink);
  return REAL(int, linkat, int, const char*, int, const char*, int)(a, from, b,
                                                                    to, flags);
}

int rename(const char* from, const char* to) {
  if (hit(kRename)) return verdict(kRename);
  return REAL(int, rename, const char*, const char*)(from, to);
}

int renameat(int a, const char* from, int b, const char* to) {
  if (hit(kRename)) return verdict(kRename);
  return REAL(int, renameat, int, const char*, int, const char*)(a, from, b,
                                                                 to);
}

int renameat2(int a, const char* from, int b, const char* to,
              unsigned int flags) {
  if (hit(kRename)) return verdict(kRename);
  return REAL(int, renameat2, int, const char*, int, const char*, unsigned int)(
      a, from, b, to, flags);
}

#define FALLOCATE(name, offset_type)                                          \
  int name(int fd, int mode, offset_type offset, offset_type size) {          \
    if (hit(kFallocate)) return verdict(kFallocate);                          \
    return REAL(int, name, int, int, offset_type, offset_type)(fd, mode,      \
                                                               offset, size); \
  }
FALLOCATE(fallocate, off_t)
FALLOCATE(fallocate64, off64_t)

int fsync(int fd) {
  if (hit(kFsync)) return verdict(kFsync);
  return REAL(int, fsync, int)(fd);
}

int fdatasync(int fd) {
  if (hit(kFsync)) return verdict(kFsync);
  return REAL(int, fdatasync, int)(fd);
}

// Pipes and terminals are no disks.
static int is_disk(int fd) {
  return fd > 2 && lseek(fd, 0, SEEK_CUR) >= 0;
}

ssize_t write(int fd, const void* bytes, size_t size) {
  if (rules[kWrite].set && is_disk(fd) && hit(kWrite)) return verdict(kWrite);
  return REAL(ssize_t, write, int, const void*, size_t)(fd, bytes, size);
}

#define PWRITE(name, offset_type)                                            \
  ssize_t name(int fd, const void* bytes, size_t size, offset_type offset) { \
    if (rules[kWrite].set && is_disk(fd) && hit(kWrite)) {                   \
      return verdict(kWrite);                                                \
    }                                                                        \
    return REAL(ssize_t, name, int, const void*, size_t, offset_type)(       \
        fd, bytes, size, offset);                                            \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

// openat2 has no wrapper in the C library: it comes through syscall().
long syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long a[6];
  for (int i = 0; i < 6; ++i)
    a[i] = va_arg(list, long);
  va_end(list);
  if (number == SYS_openat2 && hit(kOpenat2)) return verdict(kOpenat2);
  if (number == SYS_renameat2 && hit(kRename)) return verdict(kRename);
  return REAL(long, syscall, long, ...)(number, a[0], a[1], a[2], a[3], a[4],
                                        a[5]);
}

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// Runs a program and counts the system calls of all its threads, in a file that may be read at any moment:
/// `bench_count_syscalls FILE PROGRAM ARGUMENT...`. FILE contains one 64-bit number in host byte order. It
/// needs no package, and no more permission than a debugger.
namespace {

[[noreturn]] void give_up(char const* what) {
    std::perror(what);
    std::_Exit(71);
}

std::atomic<std::uint64_t>& counter_in(char const* path) {
    int const file = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ::ftruncate(file, sizeof(std::uint64_t)) != 0) give_up(path);
    void* const at = ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (at == MAP_FAILED) give_up("mmap");
    ::close(file);
    return *static_cast<std::atomic<std::uint64_t>*>(at);
}

pid_t child = -1;

void forward(int signal) {
    ::kill(child, signal);
}

[[noreturn]] void become(char** program) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) give_up("ptrace");
    ::raise(SIGSTOP);
    ::execvp(program[0], program);
    give_up(program[0]);
}

bool is_at_entry(pid_t thread) {
    __ptrace_syscall_info info{};
    return ::ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) > 0 &&
           info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

/// Returns the signal that stopped the thread, if the program is to receive it.
int signal_to_deliver(int status) {
    int const signal = WSTOPSIG(status);
    bool const is_tracing = status >> 16 != 0 || signal == SIGTRAP || signal == SIGSTOP;
    return is_tracing ? 0 : signal;
}

int count(std::atomic<std::uint64_t>& calls) {
    constexpr int at_system_call = SIGTRAP | 0x80;  // PTRACE_O_TRACESYSGOOD
    for (;;) {
        int status = 0;
        pid_t const thread = ::waitpid(-1, &status, __WALL);
        if (thread < 0) return 71;
        if (!WIFSTOPPED(status)) {
            if (thread == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            continue;
        }
        long deliver = 0;
        if (WSTOPSIG(status) == at_system_call) {
            if (is_at_entry(thread)) calls.fetch_add(1, std::memory_order_relaxed);
        } else {
            deliver = signal_to_deliver(status);
        }
        ::ptrace(PTRACE_SYSCALL, thread, nullptr, deliver);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: %s FILE PROGRAM ARGUMENT...\n", argv[0]);
        return 64;
    }
    auto& calls = counter_in(argv[1]);
    child = ::fork();
    if (child < 0) give_up("fork");
    if (child == 0) become(argv + 2);
    ::signal(SIGTERM, forward);
    ::signal(SIGINT, forward);
    int status = 0;
    ::waitpid(child, &status, 0);
    long const options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
    ::ptrace(PTRACE_SETOPTIONS, child, nullptr, options);
    ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
    return count(calls);
}

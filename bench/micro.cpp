#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "milterproto/core/filter/filter_session.hpp"
#include "milterproto/core/mta/mta_session.hpp"
#include "milterproto/core/wire/codec.hpp"
#include "milterproto/core/wire/frame.hpp"
#include "workload.hpp"

/// What the parts of the core cost without sockets: bytes a second, and allocations for each message, of
/// which there should be none once a connection has warmed up.

namespace {

std::atomic<std::uint64_t> allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* const memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace {

namespace core = milterproto::core;

/// Counts the bytes that an iteration read, and its allocations.
class account {
public:
    explicit account(benchmark::State& state) : state_(state), before_(allocations) {}
    account(account const&) = delete;
    account& operator=(account const&) = delete;
    void close(std::size_t octets_per_iteration) {
        auto const made = static_cast<double>(allocations - before_);
        auto const iterations = state_.iterations();
        state_.SetBytesProcessed(iterations * static_cast<std::int64_t>(octets_per_iteration));
        state_.counters["allocations"] = made / static_cast<double>(iterations);
    }

private:
    benchmark::State& state_;
    std::uint64_t before_;
};

core::filter_wishes wishes_for(std::uint32_t unanswered) {
    core::filter_wishes wishes;
    wishes.wanted_steps = unanswered;
    return wishes;
}

bool feed(core::filter_session& filter, std::string_view octets) {
    while (!octets.empty()) {
        auto const room = filter.input(std::min<std::size_t>(octets.size(), 128 * 1024));
        auto const count = std::min(room.size(), octets.size());
        std::memcpy(room.data(), octets.data(), count);
        filter.received(count);
        octets.remove_prefix(count);
        for (auto event = filter.next(); !std::holds_alternative<core::need_input>(event);
             event = filter.next()) {
            if (std::holds_alternative<core::finished>(event)) return false;
            if (std::holds_alternative<core::turn_over>(event)) continue;
            bool const is_told_only = std::holds_alternative<core::abort_event>(event) ||
                                      std::holds_alternative<core::close_event>(event);
            if (!is_told_only) filter.answer(core::answer::proceed);
        }
    }
    return true;
}

/// An MTA and a filter in memory. What the MTA writes for a message is kept in the pieces between which it
/// waits for answers.
class pair {
public:
    explicit pair(std::uint32_t unanswered) : filter_(wishes_for(unanswered)), mta_(core::postfix()) {
        mta_.macros().set("j", "mx.example.org");
        mta_.macros().set("{rcpt_addr}", "recipient0@example.org");
        mta_.begin();
        settle();
        mta_.connect("client.example.com", core::family::ipv4, 40025, "192.0.2.1");
        settle();
        mta_.helo("client.example.com");
        settle();
    }

    void send(bench::workload const& mail) {
        pieces_.clear();
        mta_.queue_id("4bench0000z");
        mta_.mail("<sender@example.com>", {"SIZE=51200", "BODY=8BITMIME"});
        settle();
        for (auto const& recipient : mail.recipients()) {
            mta_.rcpt(recipient);
            settle();
        }
        mta_.data();
        settle();
        auto const headers = mail.headers();
        mta_.content(headers, mail.body());
        settle();
    }

    core::filter_session& filter() noexcept { return filter_; }
    std::vector<std::string> const& pieces() const noexcept { return pieces_; }

private:
    void settle() {
        for (;;) {
            auto const event = mta_.next();
            if (!std::holds_alternative<core::need_io>(event)) continue;
            if (!mta_.output().empty()) {
                pending_.append(mta_.output());
                mta_.sent(mta_.output().size());
            } else if (!mta_.reply_due()) {
                return;
            } else {
                exchange();
            }
        }
    }

    void exchange() {
        feed(filter_, pending_);
        pieces_.push_back(std::exchange(pending_, {}));
        auto const answer = filter_.output();
        auto const room = mta_.input(answer.size());
        std::memcpy(room.data(), answer.data(), answer.size());
        mta_.received(answer.size());
        filter_.sent();
    }

    core::filter_session filter_;
    core::mta_session mta_;
    std::string pending_;
    std::vector<std::string> pieces_;
};

std::size_t size_of(std::vector<std::string> const& pieces) {
    std::size_t size = 0;
    for (auto const& one : pieces) size += one.size();
    return size;
}

void play_message(benchmark::State& state, std::string_view workload, std::uint32_t unanswered) {
    auto const mail = *bench::workload::named(workload);
    pair peers(unanswered);
    for (int warm_up = 0; warm_up < 3; ++warm_up) peers.send(mail);
    auto const pieces = peers.pieces();
    auto& filter = peers.filter();
    account counted(state);
    for (auto _ : state) {
        for (auto const& piece : pieces) {
            if (!feed(filter, piece)) return state.SkipWithError("the session ended");
            benchmark::DoNotOptimize(filter.output().data());
            filter.sent();
        }
    }
    counted.close(size_of(pieces));
}

void session_default_tiny(benchmark::State& state) {
    play_message(state, "tiny", 0);
}
void session_default_typical(benchmark::State& state) {
    play_message(state, "typical", 0);
}
void session_max_tiny(benchmark::State& state) {
    play_message(state, "tiny", core::step::all_no_reply);
}
void session_max_typical(benchmark::State& state) {
    play_message(state, "typical", core::step::all_no_reply);
}
BENCHMARK(session_default_tiny);
BENCHMARK(session_default_typical);
BENCHMARK(session_max_tiny);
BENCHMARK(session_max_typical);

/// Returns frames of the size of a usual header field.
std::string header_frames(std::size_t count) {
    std::string octets;
    for (std::size_t i = 0; i < count; ++i)
        core::append_strings(octets, 'L', {"Message-ID", "<20260101000000.1.bench@example.com>"});
    return octets;
}

void frames(benchmark::State& state) {
    auto const octets = header_frames(100);
    core::frame_reader reader;
    account counted(state);
    for (auto _ : state) {
        auto const room = reader.prepare(octets.size());
        std::memcpy(room.data(), octets.data(), octets.size());
        reader.commit(octets.size());
        for (auto one = reader.next(); one.has_value() && *one; one = reader.next())
            benchmark::DoNotOptimize((*one)->payload.data());
    }
    counted.close(octets.size());
}
BENCHMARK(frames);

void encode_header(benchmark::State& state) {
    std::string out;
    out.reserve(256);
    account counted(state);
    for (auto _ : state) {
        out.clear();
        core::append_strings(out, 'h', {"X-Bench", "33 4310042"});
        benchmark::DoNotOptimize(out.data());
    }
    counted.close(out.size());
}
BENCHMARK(encode_header);

void decode_header(benchmark::State& state) {
    std::string_view const payload("Message-ID\0<20260101000000.1.bench@example.com>\0", 48);
    account counted(state);
    for (auto _ : state) {
        auto field = core::decode_header(payload);
        benchmark::DoNotOptimize(field);
    }
    counted.close(payload.size());
}
BENCHMARK(decode_header);

void decode_sender(benchmark::State& state) {
    std::string_view const payload("<sender@example.com>\0SIZE=51200\0BODY=8BITMIME\0", 46);
    account counted(state);
    for (auto _ : state) {
        auto strings = core::decode_strings(payload);
        benchmark::DoNotOptimize(strings);
    }
    counted.close(payload.size());
}
BENCHMARK(decode_sender);

void decode_connect(benchmark::State& state) {
    std::string octets;
    core::append_connect(octets, "client.example.com", core::family::ipv4, 40025, "192.0.2.1");
    auto const payload = std::string_view(octets).substr(5);
    account counted(state);
    for (auto _ : state) {
        auto peer = core::decode_connect(payload);
        benchmark::DoNotOptimize(peer);
    }
    counted.close(payload.size());
}
BENCHMARK(decode_connect);

}  // namespace

BENCHMARK_MAIN();

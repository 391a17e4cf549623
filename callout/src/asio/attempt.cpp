#include "asio/attempt.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

namespace callout {
namespace {

namespace asio = boost::asio;

constexpr std::size_t read_size = 4096;

/// Nobody waits for this: the verdict is out. It owns what it needs and ends at its deadline.
asio::awaitable<void> take_leave(std::unique_ptr<stream> peer, steady_time until) {
    auto const quit = core::command(core::verb::quit).line() + std::string(core::line_end);
    auto const written = co_await peer->write(quit, until);
    std::array<char, 512> ignored;
    std::span<char> const into(ignored);
    bool open = written.has_value();
    for (std::size_t total = 0;
         open && total < read_size;) {  // what it says does not matter, that it hangs up does
        auto const got = co_await peer->read_some(into, until);
        open = got.has_value();
        total += open ? *got : 0;
    }
    peer->close();
}

struct stage_time {
    core::stage where;
    std::chrono::milliseconds phase_timeouts::* phase;
};
constexpr auto stage_times = std::to_array<stage_time>({
    {core::stage::connect, &phase_timeouts::connect},
    {core::stage::greeting, &phase_timeouts::greeting},
    {core::stage::ehlo, &phase_timeouts::helo},
    {core::stage::helo, &phase_timeouts::helo},
    {core::stage::mail, &phase_timeouts::mail},
    {core::stage::rcpt, &phase_timeouts::rcpt},
    {core::stage::rset, &phase_timeouts::rset},
});

}  // namespace

attempt::attempt(world const& w, engine_options const& options, phase_timeouts const& times,
                 reporter const& report, core::dialogue_options who, target whom, steady_time until)
    : world_(w),
      options_(options),
      times_(times),
      report_(report),
      who_(std::move(who)),
      whom_(std::move(whom)),
      until_(until) {}

asio::awaitable<core::finding> attempt::run() {
    core::opening how;
    while (true) {
        core::dialogue talk(who_, how);
        auto found = co_await connect_and_talk(talk);
        if (!talk.again() || stopped_) co_return found;
        how = *talk.again();
    }
}

void attempt::stop() noexcept {
    stopped_ = true;
    if (open_) open_->close();
}

asio::awaitable<core::finding> attempt::connect_and_talk(core::dialogue& talk) {
    auto connected = co_await connect();
    if (!connected) {
        auto failed = core::decide(core::stage::connect, connected.error());
        co_return identified(std::move(failed));
    }
    auto peer = *std::move(connected);
    open_ = peer.get();
    co_await converse(talk, *peer);
    open_ = nullptr;
    if (talk.may_take_leave()) {
        report_.tell(event::sent{core::command(core::verb::quit).line()});
        auto const executor = co_await asio::this_coro::executor;
        asio::co_spawn(executor, take_leave(std::move(peer), world_.clock.now() + times_.quit),
                       asio::detached);
    } else {
        peer->close();
    }
    report_.tell(event::disconnected{event::disconnected::cause::quit, core::stage::any, {}, 0, 0});
    co_return identified(talk.outcome());
}

asio::awaitable<result<std::unique_ptr<stream>>> attempt::connect() {
    ++connections_;
    report_.tell(event::connecting{whom_.host, whom_.to, connections_});
    auto const started = world_.clock.now();
    auto connected = co_await world_.connector.connect(whom_.to, whom_.source, end_of(times_.connect));
    auto const took = std::chrono::duration_cast<std::chrono::milliseconds>(world_.clock.now() - started);
    if (!connected) {
        report_.tell(event::connect_failed{whom_.host, whom_.to, connected.error(), took});
        co_return std::move(connected);
    }
    report_.tell(event::connected{whom_.host, (*connected)->local(), whom_.to, took, false});
    co_return std::move(connected);
}

asio::awaitable<void> attempt::converse(core::dialogue& talk, stream& peer) {
    core::reply_reader reader(options_.reply_limits);
    for (auto next = talk.start(); !next.finished;) {
        auto const until = end_of(time_for(next.awaiting));
        for (auto const& command : next.commands) report_.tell(event::sent{command.line()});
        auto const bytes = next.bytes();
        // A peer that hangs up may have said why before: a failed write is no reason not to read.
        if (!bytes.empty()) (void)co_await peer.write(bytes, until);
        auto const answer = co_await read_reply(peer, reader, until);
        if (answer) report_.tell(event::received{*answer});
        if (!answer) report_.tell(event::reply_failed{answer.error()});
        next = talk.resume(answer);
    }
}

asio::awaitable<result<core::reply>> attempt::read_reply(stream& peer, core::reply_reader& reader,
                                                         steady_time until) {
    std::array<char, read_size> buffer;
    std::span<char> const into(buffer);
    while (true) {
        auto complete = reader.next();
        if (!complete) co_return complete.error();
        if (*complete) co_return **std::move(complete);
        auto const got = co_await peer.read_some(into, until);
        if (!got) co_return got.error();
        reader.feed(std::string_view(buffer.data(), *got));
    }
}

core::finding attempt::identified(core::finding f) const {
    auto const ip = whom_.to.address().to_string();
    f.answer.poll.host = whom_.host + " [" + ip + ']';
    f.answer.host = whom_.host;
    f.answer.ip = ip;
    if (!f.answer.reply) f.answer.message += " (" + f.answer.poll.host + ')';
    return f;
}

steady_time attempt::end_of(std::chrono::milliseconds phase) const {
    return std::min(world_.clock.now() + phase, until_);
}

std::chrono::milliseconds attempt::time_for(core::stage where) const {
    auto const found =
        std::ranges::find_if(stage_times, [&](stage_time const& s) { return core::covers(s.where, where); });
    return times_.*found->phase;
}

}  // namespace callout

#include "engine/attempt.hpp"

#include <algorithm>
#include <array>

namespace callout {
namespace {

namespace asio = boost::asio;

/// The machine needs fewer, whatever a peer does; a bound that it cannot break all the same.
constexpr unsigned most_connections = 12;

struct stage_time {
    core::stage where;
    std::chrono::milliseconds phase_timeouts::* phase;
};
constexpr auto stage_times = std::to_array<stage_time>({
    {core::stage::connect, &phase_timeouts::connect},
    {core::stage::greeting, &phase_timeouts::greeting},
    {core::stage::ehlo, &phase_timeouts::helo},
    {core::stage::helo, &phase_timeouts::helo},
    {core::stage::starttls, &phase_timeouts::starttls},
    {core::stage::mail, &phase_timeouts::mail},
    {core::stage::rcpt, &phase_timeouts::rcpt},
    {core::stage::rset, &phase_timeouts::rset},
});

using cause = event::disconnected::cause;
struct cause_row {
    errc fault;
    cause why;
};
constexpr auto causes = std::to_array<cause_row>({
    {errc::closed, cause::eof},
    {errc::timed_out, cause::timed_out},
    {errc::cancelled, cause::cancelled},
    {errc::decided, cause::decision},
    {errc::tls_handshake, cause::tls},
});

bool is_of_session(core::stage where) {  // greeting and EHLO carry no enhanced codes (RFC 2034 4)
    return core::covers(core::stage::mail | core::stage::rcpt | core::stage::rset, where);
}

/// Returns whether nothing was sent, so that it burdened nobody and counts as no connection.
bool never_left(boost::system::error_code failed) {
    return failed == errc::no_way_out || failed == errc::source_not_here;
}

std::chrono::milliseconds in_milliseconds(steady_time::duration d) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(d);
}

}  // namespace

attempt::attempt(world const& w, engine_options const& options, core::brief const& what, mode pace,
                 reporter const& report, session_pool& pool, core::dialogue_options const& who, target whom,
                 steady_time until)
    : world_(w),
      options_(options),
      what_(what),
      times_(what.times(pace)),
      report_(report),
      pool_(pool),
      who_(who),
      whom_(std::move(whom)),
      until_(until) {}

asio::awaitable<void> attempt::run() {
    core::opening how;
    how.in_clear = whom_.traits.tls_broken && who_.tls != tls_use::require;
    how.one_by_one = whom_.traits.no_pipelining;
    while (true) {
        begin_connection();
        auto live = take_kept(how);
        if (!live) {
            auto connected = co_await connect();
            if (!connected) co_return conclude_unreached(connected.error(), how);
            live = *std::move(connected);
        }
        live->state.host = whom_.host;
        core::dialogue talk(who_, how, live->state);
        open_ = live->peer.get();
        co_await converse(talk, *live);
        open_ = nullptr;
        part(talk, std::move(live));
        bool const over = stopped_ || report_.threw() || world_.clock.now() >= until_;
        if (!talk.again() || over || connections_ >= most_connections)
            co_return conclude(talk.take_outcome());
        how = *talk.again();
    }
}

void attempt::stop() noexcept {
    stopped_ = true;
    if (open_) open_->close();
}

void attempt::begin_connection() {
    during_ = core::stage::any;
    last_command_ = "nothing";
    bytes_in_ = bytes_out_ = 0;
    fault_ = {};
    said_421_ = false;
    tls_refusal_.reset();
}

/// A session that an earlier question left, or null.
std::unique_ptr<live_session> attempt::take_kept(core::opening const& how) {
    if (!what_.reuses_sessions || how.fresh) return nullptr;
    auto kept = pool_.take(session_key());
    if (kept) tell_connected(*kept->peer, {}, true);
    return kept;
}

asio::awaitable<attempt::opened> attempt::connect() {
    ++connections_;
    report_.tell(event::connecting{whom_.host, whom_.to, connections_});
    auto const started = world_.clock.now();
    auto const until = end_of(&phase_timeouts::connect);
    auto way = whom_.rival ? race(until) : world_.connector.connect(whom_.to, whom_.source, until);
    auto connected = co_await std::move(way);
    auto const took = in_milliseconds(world_.clock.now() - started);
    if (!connected) {
        note_fault(connected.error());
        left_machine_ = !never_left(connected.error());
        if (!left_machine_) --connections_;
        report_.tell(event::connect_failed{whom_.host, whom_.to, connected.error(), took});
        co_return connected.error();
    }
    tell_connected(**connected, took, false);
    co_return std::make_unique<live_session>(*std::move(connected), options_.reply_limits);
}

asio::awaitable<result<std::unique_ptr<stream>>> attempt::race(steady_time until) {
    contender const first(whom_.to, whom_.source);
    auto outcome = co_await connect_first(world_, first, *whom_.rival, until);
    if (outcome.tried_both) {
        tried_rival_ = true;
        report_.tell(event::connecting{whom_.host, whom_.rival->to, ++connections_});
        if (outcome.to == whom_.rival->to) {
            whom_.to = whom_.rival->to;
            whom_.source = whom_.rival->source;
        }
    }
    whom_.rival.reset();
    co_return std::move(outcome.peer);
}

asio::awaitable<void> attempt::converse(core::dialogue& talk, live_session& live) {
    using kind = core::action::kind;
    for (auto now = talk.start(); !now.finished();) {
        if (report_.threw()) {
            now = cancel(talk);
        } else if (now.what == kind::weigh) {
            now = weigh(talk);
        } else if (now.what == kind::secure) {
            now = co_await secure(talk, live);
        } else {
            now = co_await exchange(talk, live, now);
        }
    }
    if (!talk.missing_extension().empty()) report_.tell(event::extension_missing{talk.missing_extension()});
}

asio::awaitable<core::action> attempt::exchange(core::dialogue& talk, live_session& live, core::action now) {
    during_ = now.awaiting;
    auto const until = end_of(phase_of(now.awaiting));
    if (!now.commands.empty()) {
        if (auto const ended = out_of_turn(talk, live)) co_return *ended;
        auto const bytes = to_be_said(now);
        // A peer that hangs up may have said why before: a failed write does not keep us from reading.
        (void)co_await live.peer->write(bytes, until);
    }
    std::span<char> const into(live.buffer);
    auto then = hear(talk, live);
    while (!then) {
        auto const got = co_await live.peer->read_some(into, until);
        if (!got) co_return lost(talk, live, got.error());
        bytes_in_ += *got;
        answered_ = true;
        live.reader.feed(std::string_view(live.buffer.data(), *got));
        then = hear(talk, live);
    }
    co_return *then;
}

std::string attempt::to_be_said(core::action const& now) {
    for (auto const& one : now.commands) report_.tell(event::sent{one.line()});
    if (report_.is_watched()) last_command_ = now.commands.back().line();
    auto bytes = now.bytes();
    bytes_out_ += bytes.size();
    return bytes;
}

/// Returns what follows from the next reply, or from bytes that are not a reply; nothing as long as it is not
/// complete.
std::optional<core::action> attempt::hear(core::dialogue& talk, live_session& live) {
    bool const greets = talk.awaited().where == core::stage::greeting;
    auto const complete = live.reader.next(greets ? core::reply_place::greeting : core::reply_place::later);
    if (!complete) return lost(talk, live, complete.error());
    if (!*complete) return std::nullopt;
    return heard(talk, live, **complete);
}

core::action attempt::heard(core::dialogue& talk, live_session& live, core::reply const& r) {
    report_.tell(event::received{r});
    auto const& asked = talk.awaited();
    if (is_refused_for_syntax(asked, live, r)) {
        fault_ = errc::decided;
        return talk.give_up(errc::decided);
    }
    tell_status(talk, r);
    said_421_ = r.code == 421;
    if (asked.where == core::stage::starttls && r.code != 220) tls_refusal_ = r;
    bool const greets = asked.said && covers(core::stage::ehlo | core::stage::helo, asked.where);
    auto const by = greets ? asked.said->what() : core::verb::quit;
    auto const then = talk.resume(r);
    if (greets && r.positive()) report_.tell(event::hello_done{r, by, live.state.secure, live.state.offered});
    return then;
}

core::action attempt::cancel(core::dialogue& talk) {
    fault_ = errc::cancelled;
    return talk.give_up(errc::cancelled);
}

/// Nothing may lie there when a command is due: it answers none. A farewell ends the session in peace
/// (SE-088).
std::optional<core::action> attempt::out_of_turn(core::dialogue& talk, live_session& live) {
    auto const early = live.reader.next();
    if (early && !*early) return std::nullopt;
    bool const farewell = early && (*early)->code == 421;
    if (farewell) {
        report_.tell(event::server_closing{**early, "nothing"});
        said_421_ = true;
    }
    auto const why = farewell ? make_error_code(errc::closed)
                     : early  ? make_error_code(errc::reply_unsolicited)
                              : early.error();
    return failed(talk, live, why);
}

/// No reply could be read.
core::action attempt::lost(core::dialogue& talk, live_session const& live, boost::system::error_code why) {
    report_.tell(event::reply_failed{why});
    return failed(talk, live, why);
}

core::action attempt::failed(core::dialogue& talk, live_session const& live, boost::system::error_code why) {
    fault_ = why;
    note_fault(why);
    bool const spoke = core::row_for(core::stage::any, why).reason == reason::protocol;
    if (spoke)
        report_.tell(
            event::protocol_error{why, talk.awaited().line(), core::printable(live.reader.rejected())});
    return talk.resume(why);
}

asio::awaitable<core::action> attempt::secure(core::dialogue& talk, live_session& live) {
    bool const literal = whom_.host.starts_with('[');
    tls_wish const wish(literal ? whom_.to.address().to_string() : whom_.host, options_.tls_min_version);
    report_.tell(event::tls_starting{wish.server_name});
    // The peer waits for our first octet now. Whatever came in clear is somebody else's (RFC 3207 4.2).
    if (live.reader.has_leftover() || live.peer->pending() == unread::bytes) {
        fault_ = errc::bytes_before_tls;
        report_.tell(event::protocol_error{fault_, "STARTTLS", {}});
        co_return talk.secured(errc::bytes_before_tls);
    }
    auto const until = end_of(&phase_timeouts::starttls);
    auto const session = co_await live.peer->start_tls(wish, until);
    if (!session) {
        fault_ = session.error();
        note_fault(fault_);
        co_return talk.secured(fault_);
    }
    if (session->problems != certificate_problem::none) {
        using decision = event::certificate_verdict::decision;
        if (report_.ask(event::certificate_verdict{*session}) == decision::refuse) {
            fault_ = errc::decided;
            co_return talk.secured(errc::decided);
        }
    }
    report_.tell(event::tls_up{*session});
    co_return talk.secured(*session);
}

core::action attempt::weigh(core::dialogue& talk) {
    using stage = event::tls_failed::stage;
    auto const where = !fault_ ? stage::command : fault_ == errc::decided ? stage::verify : stage::handshake;
    event::tls_failed const what{where, tls_refusal_ ? &*tls_refusal_ : nullptr, fault_, talk.proposed()};
    return talk.weighed(report_.ask(what));
}

/// Tells what is odd in a reply; true if the observer will have none of it (SE-035).
bool attempt::is_refused_for_syntax(core::expectation const& asked, live_session const& live,
                                    core::reply const& r) {
    auto kinds = r.oddities;
    bool const promised = is_of_session(asked.where) && live.state.offered.offers("ENHANCEDSTATUSCODES");
    if (promised && !r.enhanced) kinds = kinds | core::reply_oddity::enhanced_missing;
    if (kinds == core::reply_oddity::none) return false;
    using decision = event::syntax_warning::decision;
    return report_.ask(event::syntax_warning{kinds, asked.line(), r}) == decision::quit;
}

/// Where it leaves from is asked of the system only if somebody wants to know.
void attempt::tell_connected(stream const& peer, std::chrono::milliseconds took, bool reused) const {
    if (report_.is_watched())
        report_.tell(event::connected{whom_.host, peer.local(), whom_.to, took, reused});
}

void attempt::tell_status(core::dialogue const& talk, core::reply const& r) const {
    if (!report_.is_watched()) return;
    auto const& asked = talk.awaited();
    auto const argument = asked.said ? asked.said->argument() : std::string_view();
    if (asked.where == core::stage::greeting) {
        bool const esmtp = r.lines.front().find("ESMTP") != std::string_view::npos;
        report_.tell(event::greeted{r, esmtp});
    }
    if (covers(core::stage::mail, asked.where)) report_.tell(event::mail_status{argument, r});
    if (asked.where == core::stage::rcpt)
        report_.tell(event::rcpt_status{argument, asked.whom, r, talk.outstanding() - 1});
    if (r.code == 421 || r.code == 521) report_.tell(event::server_closing{r, asked.line()});
}

/// What becomes of the connection when the dialogue is over.
void attempt::part(core::dialogue const& talk, std::unique_ptr<live_session> live) {
    bool const keeps = what_.reuses_sessions && talk.may_be_kept() && !stopped_ && !report_.threw();
    bool const leaves = !keeps && talk.may_quit() && !stopped_;
    if (leaves && report_.is_watched()) {
        last_command_ = core::command(core::verb::quit).line();
        report_.tell(event::sent{last_command_});
    }
    auto const why = keeps ? cause::kept : cause_of_end(talk);
    report_.tell(event::disconnected{why, during_, last_command_, bytes_in_, bytes_out_});
    if (keeps) {
        pool_.give(session_key(), std::move(live));
    } else if (leaves) {
        pool_.see_off(std::move(live), world_.clock.now() + times_.quit);
    } else {
        live->peer->close();
    }
}

event::disconnected::cause attempt::cause_of_end(core::dialogue const& talk) const {
    if (stopped_) return cause::cancelled;
    if (said_421_) return cause::server_421;
    auto const found = std::ranges::find_if(causes, [&](cause_row const& c) { return fault_ == c.fault; });
    if (found != causes.end()) return found->why;
    return talk.may_quit() ? cause::quit : cause::protocol;
}

std::string attempt::session_key() const {
    return who_.session_key(whom_.to, whom_.source);
}

void attempt::conclude_unreached(boost::system::error_code why, core::opening const& how) {
    auto none = core::decide(core::stage::connect, why);
    none.traits = how.learnt;
    if (why == errc::source_not_here && whom_.source) none.answer.message += ": " + whom_.source->to_string();
    conclude(std::move(none));
}

void attempt::conclude(core::finding&& f) {
    found_ = std::move(f);
    auto& v = found_.answer;
    v.host = std::move(whom_.host);
    v.ip = whom_.to.address().to_string();
    v.poll.host.reserve(v.host.size() + v.ip.size() + std::string_view(" []").size());
    v.poll.host.append(v.host).append(" [").append(v.ip).append(1, ']');
    if (!v.reply) v.message += " (" + v.poll.host + ')';
}

/// Returns when a phase ends, and notes whether that is before a host may be blamed for it.
steady_time attempt::end_of(phase which) {
    auto const now = world_.clock.now();
    auto const end = std::min(now + times_.*which, until_);
    is_hurried_ = end < now + options_.soft.*which;
    return end;
}

attempt::phase attempt::phase_of(core::stage where) {
    auto const found =
        std::ranges::find_if(stage_times, [&](stage_time const& s) { return core::covers(s.where, where); });
    return found->phase;
}

void attempt::note_fault(boost::system::error_code why) {
    if (why == errc::timed_out && is_hurried_) cut_short_ = true;
}

}  // namespace callout

#include "callout/engine.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/erasure.hpp"
#include "core/plan.hpp"
#include "core/ruling.hpp"
#include "engine/asker_part.hpp"
#include "engine/idle_signal.hpp"
#include "engine/observed_question.hpp"
#include "engine/place_in_line.hpp"
#include "engine/remembered_dns.hpp"
#include "engine/retries.hpp"
#include "engine/shared_fetches.hpp"
#include "engine/verdicts.hpp"

namespace callout {
namespace {

namespace asio = boost::asio;

/// A refresh that brought nothing new is not tried again at each question.
constexpr std::chrono::minutes between_refreshes{10};

/// How long a callout may go on in the soft phase: DNS, and one host that uses up every phase.
std::chrono::milliseconds longest_soft_callout(engine_options const& options, phase_timeouts const& t) {
    return options.dns_total + t.connect + t.greeting + t.helo + t.starttls + t.mail + t.rcpt + t.rset;
}

core::circumstances circumstances_of(purpose wanted) {
    return {.recipient_is_wanted = wanted == purpose::recipient};
}

}  // namespace

/// Outlives the engine as long as a callout is under way.
class engine::state : public std::enable_shared_from_this<engine::state> {
public:
    state(asio::any_io_executor executor, world const& w, engine_options chosen, engine_observer* watcher,
          engine_news news)
        : settings_(std::make_shared<settings const>(std::move(chosen))),
          executor_(std::move(executor)),
          world_(w),
          observed_(watcher, w.clock),
          dns_(w.resolver, w.clock, {options().dns_cache_entries, options().dns_cache_bytes}),
          known_(w, options(), std::move(news)),
          politeness_(w.clock, options().limits),
          refreshes_(between_refreshes, between_refreshes),
          retries_(options().limits.background_limit),
          at_rest_(std::make_shared<idle_signal>()),
          fetches_(executor_, w, known_, at_rest_),
          sessions_(std::make_shared<session_pool>(executor_, w.clock, options(), at_rest_)),
          under_way_(politeness_, options().limits.background_limit) {
        (void)options().reply_rules.book();  // is read now, and not while the first reply waits for it
    }

    /// Keeps the state alive as long as somebody waits.
    static asio::awaitable<verification> answer(std::shared_ptr<state> self, request&& asked,
                                                steady_time until);
    static asio::awaitable<verification> answer(std::shared_ptr<state> self, core::shared_brief what,
                                                terms how, steady_time until);
    void reconfigure(engine_options chosen);
    static asio::awaitable<std::size_t> forget(std::shared_ptr<state> self, mailbox address);
    static asio::awaitable<std::size_t> forget(std::shared_ptr<state> self, host_name server);
    void stop();
    bool idle() const noexcept;
    static asio::awaitable<void> ended(std::shared_ptr<state> self);
    engine_numbers numbers() const noexcept;
    ledger bounds() const;
    /// Tells the observer nothing from now on.
    void dismiss_observer() noexcept { observed_.dismiss(); }

private:
    /// What is in force for the questions that begin now.
    engine_options const& options() const noexcept { return settings_->options; }

    /// An asker who waits for the lasting store: the engine is not idle until then.
    class recalling {
    public:
        explicit recalling(state& all) : all_(all) { ++all_.recalls_; }
        ~recalling() {
            if (--all_.recalls_ == 0) all_.at_rest_->give();
        }
        recalling(recalling const&) = delete;

    private:
        state& all_;
    };

    world world_for(cache_use use, core::brief const& what);
    retrieval to_recall(core::brief const& what, terms const& how) const;
    steady_time recalled_by(steady_time until) const;
    static asio::awaitable<void> recall_for_learning(std::shared_ptr<state> self, shared_callout work);
    std::shared_ptr<shared_fetch> fetch(core::brief const& what, terms const& how, steady_time until);
    steady_time fetched_by(terms const& how, steady_time until) const;
    std::optional<verification> at_once(core::shared_brief const& what, terms const& how,
                                        retrieval const& recalled, shared_fetch const* fetched,
                                        reporter const& report, steady_time now);
    std::optional<verification> without_network(core::brief const& what, terms const& how) const;
    static asio::awaitable<void> run(std::shared_ptr<state> self, shared_callout work);
    static asio::awaitable<void> keep_retrying(std::shared_ptr<state> self);
    shared_callout start(observed_question&& observed, core::shared_brief what, terms const& how,
                         schedule const& time);
    schedule time_for_asker(core::brief const& what, terms const& how, steady_time until) const;
    schedule time_in_background() const;
    bool start_in_background(core::shared_brief what, terms const& how);
    void refresh(core::shared_brief const& what, terms const& how);
    void retry_later(callout_under_way const& work, verification const& refusal);
    void retry(retries::due_question const& due);
    void finish(shared_callout const& work, verification&& verdict);
    static void tell_end(callout_under_way& work, verification verdict);
    void wind_up(callout_under_way const& work, verification& verdict);

    shared_settings settings_;
    asio::any_io_executor executor_;
    world world_;
    observed_questions observed_;
    remembered_dns dns_;
    knowledge known_;
    politeness politeness_;
    core::back_off refreshes_;
    retries retries_;
    std::unique_ptr<alarm> retry_bell_;  ///< while somebody is to be asked again
    std::shared_ptr<idle_signal> at_rest_;
    shared_fetches fetches_;
    std::shared_ptr<session_pool> sessions_;
    callouts_under_way under_way_;
    std::size_t recalls_ = 0;
    bool stopped_ = false;
};

/// Not a coroutine itself: what waits needs the brief, and not the request too.
asio::awaitable<verification> engine::state::answer(std::shared_ptr<state> self, request&& asked,
                                                    steady_time until) {
    terms how(asked, self->settings_);
    auto what = std::make_shared<core::brief const>(std::move(asked), self->options());
    return answer(std::move(self), std::move(what), std::move(how), until);
}

asio::awaitable<verification> engine::state::answer(std::shared_ptr<state> self, core::shared_brief what,
                                                    terms how, steady_time until) {
    auto const started = self->world_.clock.now();
    using role = asker_part::role;
    observed_question observed(self->observed_, how.wanted, how.pace, how.why);
    reporter const report(how.watcher, observed, self->world_.clock);
    auto recalled = self->to_recall(*what, how);
    if (!recalled.keys.empty()) {
        recalling const waiting(*self);
        co_await self->known_.recall(recalled, self->recalled_by(until));
    }
    auto const fetched = self->fetch(*what, how, until);
    if (fetched) co_await shared_fetch::wait(fetched, self->world_.clock, self->fetched_by(how, until));
    bool const has_waited = fetched || !recalled.keys.empty();
    auto const now = has_waited ? self->world_.clock.now() : started;
    auto verdict = self->at_once(what, how, recalled, fetched.get(), report, now);
    if (!verdict) {
        auto work = writes_cache(how.cache) ? self->under_way_.find(*what) : nullptr;
        bool const joins = work != nullptr;
        if (joins) {
            report.tell(event::joined{work->observed.number()});
        } else {
            auto const time = self->time_for_asker(*what, how, until);
            work = self->start(observed.hand_on(), what, how, time);
        }
        asker_part const mine(self->under_way_, work, joins ? role::joined : role::first);
        co_await work->waiters.wait(until);
        verdict.emplace(mine.answer());
    }
    verdict->elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(self->world_.clock.now() - started);
    core::rule(*verdict, circumstances_of(how.wanted));
    observed.end(*verdict);  // unless it was handed on
    co_return *std::move(verdict);
}

/// What the lasting store is asked for first.
retrieval engine::state::to_recall(core::brief const& what, terms const& how) const {
    if (!world_.lasting || !reads_cache(how.cache) || stopped_) return retrieval();
    return retrieval(known_.to_recall(what.keys, what.tests));
}

steady_time engine::state::recalled_by(steady_time until) const {
    return std::min(until, world_.clock.now() + knowledge::time_to_recall);
}

/// What the shared store is asked for after that; null is nothing.
std::shared_ptr<shared_fetch> engine::state::fetch(core::brief const& what, terms const& how,
                                                   steady_time until) {
    if (!world_.shared || !reads_cache(how.cache) || stopped_) return nullptr;
    return fetches_.begin(shared_from_this(), what, fetched_by(how, until));
}

steady_time engine::state::fetched_by(terms const& how, steady_time until) const {
    return std::min(until, world_.clock.now() + how.usual->options.shared_timeout);
}

/// What the cache answers, and what needs no answer of the network.
std::optional<verification> engine::state::at_once(core::shared_brief const& what, terms const& how,
                                                   retrieval const& recalled, shared_fetch const* fetched,
                                                   reporter const& report, steady_time now) {
    if (reads_cache(how.cache)) {
        if (auto known = known_.of_address(what->keys, recalled, fetched, report, now)) {
            if (known->wants_refresh) refresh(what, how);
            if (known_.complete(known->answer, what->tests, what->keys)) return std::move(known->answer);
        }
    }
    auto verdict = without_network(*what, how);
    if (verdict) report.finish(*verdict);
    return verdict;
}

std::optional<verification> engine::state::without_network(core::brief const& what, terms const& how) const {
    if (!what.route.empty() && what.hosts.names_a_host()) {
        return core::verdict_by_fact(status::error, reason::bad_request, scope::self,
                                     "a question has a route or a HOST, not both");
    }
    if (what.address.is_literal() && !how.usual->options.allow_address_literals) {
        return core::verdict_by_fact(status::error, reason::literal_refused, scope::address,
                                     "address literals are refused");
    }
    if (what.client && politeness_.is_calling(*what.client, what.address.domain())) {
        return core::verdict_by_fact(status::error, reason::mutual_callout, scope::self,
                                     "this peer asks because we are asking it");
    }
    if (how.cache == cache_use::only) return in_progress("nothing is known yet");
    if (stopped_) return in_progress("stopping");
    return std::nullopt;
}

/// A question that wants to know how things are now asks the name system itself, and so does a second look.
world engine::state::world_for(cache_use use, core::brief const& what) {
    bool const is_remembered = reads_cache(use) && !known_.names().awaits_second_look(what.address);
    auto& dns = is_remembered ? dns_ : world_.resolver;
    return world{world_.clock, world_.connector, dns, world_.random, world_.lasting, world_.shared};
}

/// A soft callout goes on for those who join it later; a hard one has time enough.
schedule engine::state::time_for_asker(core::brief const& what, terms const& how, steady_time until) const {
    auto const now = world_.clock.now();
    auto const& options = how.usual->options;
    if (how.pace == mode::hard) return schedule(mode::hard, until, now + options.hard_total);
    return schedule(mode::soft, until, std::max(until, now + longest_soft_callout(options, what.soft)));
}

schedule engine::state::time_in_background() const {
    auto const until = world_.clock.now() + options().hard_total;
    schedule time(mode::hard, until, until);
    time.how = core::urgency::background;
    return time;
}

shared_callout engine::state::start(observed_question&& observed, core::shared_brief what, terms const& how,
                                    schedule const& time) {
    auto work =
        std::make_shared<callout_under_way>(world_for(how.cache, *what), known_, politeness_, *sessions_,
                                            std::move(observed), std::move(what), how, time);
    under_way_.add(work);  // before it runs, because it may be over when `co_spawn` returns
    // An exception, such as of exhausted memory, must not leave a dead callout for later askers to join.
    asio::co_spawn(executor_, run(shared_from_this(), work),
                   [self = shared_from_this(), work](std::exception_ptr const& failed) {
                       if (failed) self->finish(work, broken_off());
                   });
    return work;
}

asio::awaitable<void> engine::state::run(std::shared_ptr<state> self, shared_callout work) {
    co_await recall_for_learning(self, work);
    co_await work->questions.run();
    self->finish(work, work->questions.take_verdict());
}

/// What the callout brings is weighed against what is known: the store must have told that before. It has for
/// most questions; not for those that do not read the cache, and not for what is refreshed.
asio::awaitable<void> engine::state::recall_for_learning(std::shared_ptr<state> self, shared_callout work) {
    if (!self->world_.lasting || !writes_cache(work->cache)) co_return;
    retrieval wanted(self->known_.to_recall(work->what->keys));
    if (!wanted.keys.empty()) co_await self->known_.recall(wanted, self->recalled_by(work->time.until));
}

void engine::state::finish(shared_callout const& work, verification&& verdict) {
    // If it is not the first time, what follows has thrown, and those who wait must still be told.
    bool const is_first = under_way_.remove(work);
    if (is_first && !stopped_ && writes_cache(work->cache)) wind_up(*work, verdict);
    auto const& brought = work->waiters.publish(std::move(verdict));
    if (work->report.is_watched()) tell_end(*work, brought);
    if (under_way_.empty()) at_rest_->give();
}

void engine::state::tell_end(callout_under_way& work, verification verdict) {
    core::rule(verdict, circumstances_of(work.wanted));
    work.report.finish(verdict);
    work.observed.end(verdict);
}

/// What is learnt of a verdict, and what it makes us do next. Others wait for a better one if there may be
/// one.
void engine::state::wind_up(callout_under_way const& work, verification& verdict) {
    bool const soft = work.time.pace == mode::soft;
    bool const late = work.questions.ran_out_of_time() &&
                      (verdict.reason == reason::timeout || verdict.reason == reason::dns);
    // A pass whose weight is not known yet is not passed off as a strong one (Z008).
    bool const unweighed = work.questions.random_timed_out() && verdict.status == status::pass;
    // One that said nothing is not called again at once, under timers that are long.
    bool const was_silent = late && verdict.reason == reason::timeout && !work.questions.was_answered();
    if (soft && was_silent) retry_later(work, verdict);
    if (soft && !was_silent && (late || unweighed) &&
        start_in_background(work.what, terms(work.wanted, question_cause::gone_on, settings_))) {
        if (verdict.reason != reason::dns) verdict = in_progress("the peer takes its time");
        return;
    }
    bool const is_not_found = work.usual->options.hard_timeout == hard_timeout::not_found;
    core::rule(verdict, {.timeout_is_not_found = !soft && is_not_found});
    bool const is_ours = work.questions.was_cut_short() && !verdict.reply;
    if (!(soft && late) && !is_ours)
        known_.learn(work.what->address, work.what->keys, verdict, work.questions.longest_life());
    if (verdict.reason == reason::greylisted) {
        retry_later(work, verdict);
    } else if (verdict.cached == freshness::live && !was_silent) {
        retries_.forget(*work.what);
    }
}

/// Under hard timers, for the cache alone; false if there is no room.
bool engine::state::start_in_background(core::shared_brief what, terms const& how) {
    if (stopped_ || !under_way_.has_room_in_background(*what)) return false;
    auto const time = time_in_background();
    start(observed_question(observed_, how.wanted, time.pace, how.why), std::move(what), how, time);
    return true;
}

/// Somebody got an answer that grows old: the next one shall get a new one (smtp-callout.md 6.2 rule 3).
void engine::state::refresh(core::shared_brief const& what, terms const& how) {
    auto const now = world_.clock.now();
    auto const& key = what->keys.address;
    if (how.cache == cache_use::only || under_way_.find(*what) || refreshes_.until(key, now)) return;
    if (start_in_background(what, terms(how.wanted, question_cause::refresh, settings_)))
        refreshes_.strike(key, now);
}

void engine::state::retry_later(callout_under_way const& work, verification const& refusal) {
    if (!retries_.add(work.what, work.wanted, refusal, world_.clock.now(), world_.random)) return;
    if (retry_bell_) return retry_bell_->ring();
    retry_bell_ = world_.clock.make_alarm();
    asio::co_spawn(executor_, keep_retrying(shared_from_this()), asio::detached);
}

void engine::state::retry(retries::due_question const& due) {
    if (under_way_.find(*due.what)) return;
    (void)start_in_background(due.what, terms(due.wanted, question_cause::retry, settings_));
}

asio::awaitable<void> engine::state::keep_retrying(std::shared_ptr<state> self) {
    while (!self->stopped_) {
        auto const next = self->retries_.next();
        if (!next) break;
        co_await self->retry_bell_->wait(*next);
        while (auto due = self->retries_.take_due(self->world_.clock.now())) self->retry(*due);
    }
    self->retry_bell_.reset();
    self->at_rest_->give();
}

void engine::state::reconfigure(engine_options chosen) {
    settings_ = std::make_shared<settings const>(std::move(chosen));
    known_.keep_for(options().lifetimes);
    retries_.limit(options().limits.background_limit);
    under_way_.limit(options().limits.background_limit);
    sessions_->reconfigure(options());
    politeness_.limit(options().limits);
}

asio::awaitable<std::size_t> engine::state::forget(std::shared_ptr<state> self, mailbox address) {
    auto const records = co_await self->known_.forget(core::erasure::of(address));
    co_return records + self->politeness_.forget(address.domain());
}

asio::awaitable<std::size_t> engine::state::forget(std::shared_ptr<state> self, host_name server) {
    auto addresses = self->politeness_.addresses_of(server.text());
    if (auto const literal = core::address_of(server.text())) addresses.push_back(*literal);
    auto const records = co_await self->known_.forget(core::erasure::of(server.text(), addresses));
    co_return records + self->politeness_.forget(addresses);
}

void engine::state::stop() {
    stopped_ = true;
    fetches_.stop();
    sessions_->stop();
    politeness_.stop();
    retries_.forget_all();
    if (retry_bell_) retry_bell_->ring();
    under_way_.each([](callout_under_way& work) {
        work.questions.stop();
        auto none = in_progress("stopping");
        work.report.finish(none);
        work.observed.end(none);
        work.waiters.publish(std::move(none));
    });
    observed_.end_all(in_progress("stopping"));
}

/// A stopped engine that is still to take back its alarm for retries has not come to rest.
bool engine::state::idle() const noexcept {
    bool const is_waking = stopped_ && retry_bell_;
    return under_way_.empty() && sessions_->idle() && fetches_.under_way() == 0 && recalls_ == 0 &&
           !is_waking;
}

asio::awaitable<void> engine::state::ended(std::shared_ptr<state> self) {
    idle_signal::bell bell(self->executor_, idle_signal::bell::time_point::max());
    place_in_line const mine(self->at_rest_->line(), bell);
    while (!self->idle()) co_await bell.async_wait(asio::as_tuple(asio::use_awaitable));
}

engine_numbers engine::state::numbers() const noexcept {
    engine_numbers now{.callouts = under_way_.size(),
                       .in_background = under_way_.in_background(),
                       .retries = retries_.size(),
                       .running = politeness_.running(),
                       .waiting = politeness_.waiting(),
                       .waiting_by_limit = politeness_.waiting_by_limit(),
                       .calls = politeness_.calls(),
                       .dns_questions = dns_.under_way(),
                       .shared_fetches = fetches_.under_way(),
                       .sessions = sessions_->open(),
                       .sessions_kept = sessions_->kept(),
                       .sessions_leaving = sessions_->open() - sessions_->kept(),
                       .memory = known_.numbers(),
                       .observer_failures = observed_.failures()};
    now.memory.dns_answers = dns_.size();
    now.doubts_dns = known_.names().is_doubting();
    return now;
}

ledger engine::state::bounds() const {
    ledger all;
    politeness_.tell(all);
    under_way_.tell(all);
    retries_.tell(all);
    sessions_->tell(all);
    dns_.tell(all);
    known_.tell(all);
    all.emplace_back("refreshed_addresses", refreshes_.size(), core::back_off::most_hosts);
    return all;
}

engine::engine(asio::any_io_executor executor, world w, engine_options options, engine_observer* watcher,
               engine_news news)
    : state_(std::make_shared<state>(std::move(executor), w, std::move(options), watcher, std::move(news))) {}

engine::~engine() {
    stop();
    state_->dismiss_observer();
}

asio::awaitable<verification> engine::verify(request what, steady_time until) {
    return state::answer(state_, std::move(what), until);
}

void engine::reconfigure(engine_options options) {
    state_->reconfigure(std::move(options));
}

asio::awaitable<std::size_t> engine::forget(mailbox address) {
    return state::forget(state_, std::move(address));
}

asio::awaitable<std::size_t> engine::forget(host_name server) {
    return state::forget(state_, std::move(server));
}

void engine::stop() {
    state_->stop();
}

bool engine::idle() const noexcept {
    return state_->idle();
}

asio::awaitable<void> engine::ended() {
    return state::ended(state_);
}

engine_numbers engine::numbers() const noexcept {
    return state_->numbers();
}

ledger engine::bounds() const {
    return state_->bounds();
}

}  // namespace callout

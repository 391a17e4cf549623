#include "callout/engine.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <unordered_map>

#include "callout/core/synthetic.hpp"
#include "flight.hpp"
#include "inquiry.hpp"
#include "knowledge.hpp"

namespace callout {
namespace {

namespace asio = boost::asio;

/// How long a callout may go on when nobody waits for it: DNS, and one host that uses up every phase.
std::chrono::milliseconds longest_callout(engine_options const& options) {
    auto const& t = options.soft;
    return options.dns_total + t.connect + t.greeting + t.helo + t.mail + t.rcpt + t.rset;
}

/// The engine's options as the request wants them; nothing where it wants none of its own.
std::optional<engine_options> options_of(request const& what, engine_options const& usual) {
    bool const needs_exchanges = what.hosts.mode == host_mode::mxonly;
    if (!what.helo && !what.timeouts && !needs_exchanges) return std::nullopt;
    auto own = usual;
    if (what.helo) own.helo = *what.helo;
    if (what.timeouts) own.soft = own.hard = *what.timeouts;
    if (needs_exchanges) own.implicit_mx = false;
    return own;
}

verification in_progress(std::string_view detail) {
    return core::verdict_by_fact(status::transient, reason::in_progress, scope::self, detail);
}

verification broken_off() {
    return core::verdict_by_fact(status::error, reason::local, scope::self, "the callout was broken off");
}

}  // namespace

/// Outlives the engine as long as a callout is under way.
class engine::state : public std::enable_shared_from_this<engine::state> {
public:
    state(asio::any_io_executor executor, world const& w, engine_options chosen)
        : options(std::move(chosen)), executor_(std::move(executor)), world_(w), known_(world_, options) {}

    asio::awaitable<verification> answer(request what, steady_time until);
    void stop();

    engine_options const options;

private:
    /// One callout: what the network is asked, and those who wait for the answer.
    class errand {
    public:
        errand(state& s, request const& what, core::cache_keys const& keys_, steady_time until)
            : own(options_of(what, s.options)),
              keys(keys_),
              use(what.cache),
              report(what.watcher, s.world_.clock),
              waiters(s.world_.clock),
              questions(s.world_, own ? *own : s.options, s.known_, report, what.address, what.hosts,
                        what.cache, until) {}
        std::optional<engine_options> own;  ///< where the request differs from the engine's
        core::cache_keys keys;
        cache_use use;
        reporter report;
        flight waiters;
        inquiry questions;
    };
    using shared_errand = std::shared_ptr<errand>;

    /// Who began an errand watches it, until he leaves: with a verdict, without one, or cancelled. The errand
    /// goes on.
    class errand_watch {
    public:
        explicit errand_watch(shared_errand what) : what_(std::move(what)) {}
        ~errand_watch() {
            if (what_) what_->report.finish(verification(status::transient, reason::in_progress));
        }
        errand_watch(errand_watch const&) = delete;

    private:
        shared_errand what_;
    };

    std::optional<verification> without_network(request const& what) const;
    asio::awaitable<verification> ask_network(request what, core::cache_keys keys, steady_time until);
    static asio::awaitable<void> run(std::shared_ptr<state> self, shared_errand work);
    shared_errand start(request const& what, core::cache_keys const& keys, steady_time until);
    shared_errand find(core::cache_keys const& keys) const;
    void finish(shared_errand const& work, verification const& verdict);

    asio::any_io_executor executor_;
    world world_;
    knowledge known_;
    std::unordered_multimap<std::string, shared_errand> under_way_;
    bool stopped_ = false;
};

asio::awaitable<verification> engine::state::answer(request what, steady_time until) {
    auto const started = world_.clock.now();
    core::cache_keys const keys(what.address, options);
    reporter const report(what.watcher, world_.clock);
    std::optional<verification> verdict;
    if (reads_cache(what.cache)) verdict = known_.of_address(keys, report);
    if (!verdict) {
        verdict = without_network(what);
        if (verdict) report.finish(*verdict);
    }
    if (!verdict) verdict = co_await ask_network(what, keys, until);
    verdict->elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(world_.clock.now() - started);
    co_return *std::move(verdict);
}

std::optional<verification> engine::state::without_network(request const& what) const {
    if (what.address.is_literal() && !options.allow_address_literals) {
        return core::verdict_by_fact(status::error, reason::literal_refused, scope::address,
                                     "address literals are refused");
    }
    if (what.cache == cache_use::only) return in_progress("nothing is known yet");
    if (stopped_) return in_progress("stopping");
    return std::nullopt;
}

asio::awaitable<verification> engine::state::ask_network(request what, core::cache_keys keys,
                                                         steady_time until) {
    auto work = writes_cache(what.cache) ? find(keys) : nullptr;
    bool const joins = work != nullptr;
    if (joins) {
        reporter(what.watcher, world_.clock).tell(event::joined{});
    } else {
        work = start(what, keys, until);
    }
    errand_watch const watch(joins ? nullptr : work);
    auto const verdict = co_await work->waiters.wait(until);
    if (verdict) co_return *verdict;
    auto const none = in_progress("no verdict in time");
    if (!joins) work->report.finish(none);
    co_return none;
}

engine::state::shared_errand engine::state::find(core::cache_keys const& keys) const {
    auto const [begin, end] = under_way_.equal_range(keys.address);
    auto const found =
        std::find_if(begin, end, [](auto const& entry) { return writes_cache(entry.second->use); });
    return found == end ? nullptr : found->second;
}

engine::state::shared_errand engine::state::start(request const& what, core::cache_keys const& keys,
                                                  steady_time until) {
    auto const latest = std::max(until, world_.clock.now() + longest_callout(options));
    auto work = std::make_shared<errand>(*this, what, keys, latest);
    under_way_.emplace(keys.address, work);
    // An exception, such as of exhausted memory, must not leave a dead errand for later askers to join.
    asio::co_spawn(executor_, run(shared_from_this(), work),
                   [self = shared_from_this(), work](std::exception_ptr const& failed) {
                       if (failed) self->finish(work, broken_off());
                   });
    return work;
}

asio::awaitable<void> engine::state::run(std::shared_ptr<state> self, shared_errand work) {
    auto const verdict = co_await work->questions.run();
    self->finish(work, verdict);
}

void engine::state::finish(shared_errand const& work, verification const& verdict) {
    if (writes_cache(work->use)) known_.learn(work->keys, verdict, work->questions.longest_life());
    std::erase_if(under_way_, [&](auto const& entry) { return entry.second == work; });
    work->waiters.publish(verdict);
    work->report.finish(verdict);
}

void engine::state::stop() {
    stopped_ = true;
    for (auto const& [key, work] : under_way_) {
        work->questions.stop();
        auto const none = in_progress("stopping");
        work->report.finish(none);
        work->waiters.publish(none);
    }
}

engine::engine(asio::any_io_executor executor, world w, engine_options options)
    : state_(std::make_shared<state>(std::move(executor), w, std::move(options))) {}

engine::~engine() {
    stop();
}

asio::awaitable<verification> engine::verify(request what, steady_time until) {
    auto const kept = state_;
    co_return co_await kept->answer(std::move(what), until);
}

void engine::stop() {
    state_->stop();
}

engine_options const& engine::options() const noexcept {
    return state_->options;
}

}  // namespace callout

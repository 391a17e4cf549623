#include "visit.hpp"

#include <fnmatch.h>

#include <algorithm>

#include "text/path.hpp"
#include "text/values.hpp"

namespace testmta::world {

namespace {

using smtp::reply;
using smtp::verb;

struct verb_stage {
    smtp::verb verb;
    world::stage stage;
};

constexpr verb_stage verb_stages[] = {
    {verb::ehlo, stage::ehlo}, {verb::helo, stage::helo}, {verb::mail, stage::mail},
    {verb::rcpt, stage::rcpt}, {verb::rset, stage::rset}, {verb::quit, stage::quit},
};

/// Other verbs have no stage of their own: only a rule for any command reaches them.
stage stage_of(verb what) {
    auto const found = std::ranges::find(verb_stages, what, &verb_stage::verb);
    return found != std::end(verb_stages) ? found->stage : stage::any;
}

bool counts_over_connections(stage one) {
    return one == stage::connect || one == stage::greeting;
}

bool covers(stage ruled, stage at) {
    return ruled == at || (ruled == stage::any && !counts_over_connections(at));
}

struct honest_row {
    smtp::verb verb;
    int code;
    std::string_view enhanced;
    std::string_view text;
};

constexpr honest_row honest_rows[] = {
    {verb::mail, 250, "2.1.0", "sender ok"},
    {verb::rcpt, 250, "2.1.5", "recipient ok"},
    {verb::data, 354, "", "end with a dot on a line of its own"},
    {verb::end_of_data, 250, "2.0.0", "accepted"},
    {verb::rset, 250, "2.0.0", "ok"},
    {verb::noop, 250, "2.0.0", "ok"},
    {verb::quit, 221, "2.0.0", "bye"},
    {verb::vrfy, 252, "2.5.0", "try it and see"},
    {verb::help, 214, "2.0.0", "see RFC 5321"},
};

bool matches(std::string const& pattern, std::string const& argument) {
    std::string const glob(text::without_brackets(pattern));
    return fnmatch(glob.c_str(), argument.c_str(), FNM_CASEFOLD) == 0;
}

/// Whatever their form, octets that begin with a code are an answer of that code.
std::optional<reply> reply_in(std::string_view octets) {
    auto const code = text::parse_reply_code(octets.substr(0, 3));
    if (!code) return std::nullopt;
    return reply(*code, "", "");
}

/// A rule without actions leaves everything to the fallback.
rule const& or_none(rule const* chosen) {
    static rule const none;
    return chosen != nullptr ? *chosen : none;
}

reply greylisting_reply(duration time) {
    auto const seconds = std::chrono::ceil<std::chrono::seconds>(time).count();
    return reply(450, "4.2.0", "greylisted, try again in " + std::to_string(seconds) + " seconds");
}

/// Turns the actions of one rule into effects.
class performance {
public:
    explicit performance(std::vector<effect>& out) : out_(out) {}

    void operator()(say const& one) {
        speak(one.what.encode());
        given = one.what;
    }
    void operator()(send_octets const& one) {
        speak(one.octets);
        given = reply_in(one.octets);
    }
    void operator()(wait const& one) { out_.emplace_back(one); }
    void operator()(drip const& one) { pace_ = one; }
    void operator()(stay_silent) { silent = true; }
    void operator()(ending one) {
        out_.emplace_back(one);
        ended = true;
    }
    void operator()(greylist const&) {}

    bool wants_answer() const { return !spoke_ && !silent && !ended; }

    std::optional<reply> given;
    bool silent = false;
    bool ended = false;

private:
    void speak(std::string octets) {
        out_.emplace_back(sending(std::move(octets), pace_));
        spoke_ = true;
    }

    std::vector<effect>& out_;
    drip pace_{0, {}};
    bool spoke_ = false;
};

}  // namespace

duration peer_memory::waited(std::string const& triple, time_point now) {
    auto const first = first_seen_.try_emplace(triple, now).first->second;
    return std::chrono::duration_cast<duration>(now - first);
}

visit::visit(peer const& host, peer_memory& memory, std::string client)
    : host_(host), memory_(memory), client_(std::move(client)), matches_(host.rules.size()) {}

std::vector<effect> visit::arrive(time_point now) {
    std::vector<effect> out;
    if (auto const* rule = choose(stage::connect, client_, now)) perform(*rule, std::nullopt, out);
    auto const gone =
        std::ranges::any_of(out, [](effect const& one) { return std::holds_alternative<ending>(one); });
    if (silent_ || gone) return out;

    reply const greeting(220, "", host_.name + " ESMTP");
    perform(or_none(choose(stage::greeting, client_, now)), greeting, out);
    return out;
}

void visit::feed(std::string_view octets) {
    if (!silent_) session_.feed(octets);
}

std::optional<visit::turn> visit::next(time_point now) {
    if (silent_) return std::nullopt;
    auto const what = session_.next();
    if (!what) return std::nullopt;

    turn found{what->line, {}};
    auto const* rule =
        what->verb == verb::end_of_data ? nullptr : choose(stage_of(what->verb), what->argument, now);
    auto const given = perform(or_none(rule), honest_reply(*what), found.effects);
    if (given) session_.answered(*what, *given);
    if (given && what->verb == verb::quit && given->code() == 221) found.effects.emplace_back(ending::close);
    return found;
}

std::optional<reply> visit::perform(rule const& one, std::optional<reply> const& fallback,
                                    std::vector<effect>& out) {
    performance played(out);
    for (auto const& step : one.actions) std::visit(played, step);
    silent_ |= played.silent;
    if (!played.wants_answer()) return played.given;

    auto const* grey = one.actions.empty() ? nullptr : std::get_if<greylist>(&one.actions.front());
    auto const last = grey != nullptr ? greylisting_reply(grey->time) : fallback;
    if (last) played(say{*last});
    return last;
}

rule const* visit::choose(stage at, std::string const& argument, time_point now) {
    auto const found =
        std::ranges::find_if(host_.rules, [&](rule const& one) { return applies(one, at, argument, now); });
    return found != host_.rules.end() ? &*found : nullptr;
}

bool visit::applies(rule const& one, stage at, std::string const& argument, time_point now) {
    if (!covers(one.stage, at) || (one.pattern && !matches(*one.pattern, argument))) return false;
    auto const index = static_cast<std::size_t>(&one - host_.rules.data());
    auto const count = counts_over_connections(at) ? memory_.count(index) : ++matches_[index];
    if (one.nth && *one.nth != count) return false;

    auto const* grey = std::get_if<greylist>(&one.actions.front());
    if (grey == nullptr) return true;
    return memory_.waited(client_ + '\n' + session_.sender() + '\n' + argument, now) < grey->time;
}

reply visit::honest_reply(smtp::command const& what) const {
    if (auto objection = session_.objection(what)) return *std::move(objection);
    auto const row = std::ranges::find(honest_rows, what.verb, &honest_row::verb);
    if (row != std::end(honest_rows)) return reply(row->code, row->enhanced, row->text);
    auto text = host_.name;
    if (what.verb == verb::ehlo) {
        for (auto const& offer : host_.offers) text += '\n' + offer;
    }
    return reply(250, "", text);
}

}  // namespace testmta::world

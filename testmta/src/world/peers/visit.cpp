#include "world/peers/visit.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "core/auth_exchange.hpp"
#include "world/peers/rule_player.hpp"

namespace testmta::world {

namespace {

using smtp::reply;
using smtpserver::verb;

struct verb_stage {
    smtpserver::verb verb;
    world::stage stage;
};

constexpr verb_stage verb_stages[] = {
    {verb::ehlo, stage::ehlo}, {verb::helo, stage::helo},           {verb::mail, stage::mail},
    {verb::rcpt, stage::rcpt}, {verb::rset, stage::rset},           {verb::quit, stage::quit},
    {verb::data, stage::data}, {verb::end_of_data, stage::content}, {verb::starttls, stage::starttls},
    {verb::auth, stage::auth},
};

/// Returns the stage of a verb. A verb without a stage of its own is matched only by rules for any command.
stage stage_of(verb what) {
    auto const found = std::ranges::find(verb_stages, what, &verb_stage::verb);
    return found != std::end(verb_stages) ? found->stage : stage::any;
}

bool is_command(stage one) {
    constexpr stage others[] = {stage::connect, stage::early, stage::greeting, stage::content, stage::idle};
    return std::ranges::find(others, one) == std::end(others);
}

bool covers(stage ruled, stage at) {
    return ruled == at || (ruled == stage::any && is_command(at));
}

/// How long an honest server waits for a command (RFC 5321 4.5.3.2.7).
constexpr duration honest_idle_limit = std::chrono::minutes(5);

struct honest_row {
    smtpserver::verb verb;
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

reply greylisting_reply(duration time) {
    auto const seconds = std::chrono::ceil<std::chrono::seconds>(time).count();
    return reply(450, "4.2.0", "greylisted, try again in " + std::to_string(seconds) + " seconds");
}

/// A peer takes what clients of all kinds say, and has no chunks.
smtpserver::reading_options reading() {
    smtpserver::reading_options how;
    how.line_ends = smtpserver::bare_line_ends::raw;
    how.chunks = smtpserver::reading_options::chunking::off;
    return how;
}

/// Returns whether peers do not know the verb, unless a rule answers it.
bool is_beyond_peers(verb what) {
    return what == verb::auth || what == verb::lhlo || what == verb::xclient;
}

/// Returns what a reply means for the conversation: peers may say codes that SMTP does not have.
smtpserver::reply meaning_of(reply const& given) {
    constexpr int go_on = 354;
    if (given.code() == go_on) return go_on;
    return given.positive() ? 250 : 550;
}

bool matches(std::optional<pattern> const& wanted, std::string const& what) {
    return !wanted || wanted->matches(what);
}

bool is_at(count_condition const& wanted, std::uint32_t number) {
    switch (wanted.how) {
        case counting::nth: return number == wanted.number;
        case counting::from: return number >= wanted.number;
        case counting::every: return number % wanted.number == 0;
    }
    return false;
}

/// Returns whether the effects end the connection, so that nothing after them is sent.
bool ends(std::vector<effect> const& effects) {
    return std::ranges::any_of(effects, [](effect const& one) {
        auto const* how = std::get_if<ending>(&one);
        return how != nullptr && *how != ending::half_close;
    });
}

}  // namespace

visit::visit(peer const& host, peer_memory& memory, std::string client)
    : host_(host),
      memory_(memory),
      client_(std::move(client)),
      conversation_(reading()),
      over_all_(memory.matches()),
      on_connection_(host.rules.size()),
      in_envelope_(host.rules.size()) {}

visit::~visit() = default;

std::vector<effect> visit::arrive(time_point now) {
    std::vector<effect> out;
    memory_.arrived(client_, now);
    auto const* at_connect = choose({stage::connect, client_, now});
    if (at_connect != nullptr) perform(at_connect, std::nullopt, out);
    if (silent_ || ends(out)) return out;

    reply const greeting(220, "", host_.name + " ESMTP");
    perform(choose({stage::greeting, client_, now}), greeting, out);
    return out;
}

std::optional<std::vector<effect>> visit::spoken_to_early(time_point now) {
    auto const* rule = choose({stage::early, client_, now});
    if (rule == nullptr) return std::nullopt;
    std::vector<effect> out;
    perform(rule, std::nullopt, out);
    return out;
}

void visit::feed(std::string_view octets) {
    if (!silent_) conversation_.feed(octets);
}

std::optional<visit::turn> visit::next(time_point now) {
    if (silent_) return std::nullopt;
    if (exchange_) return next_of_exchange(now);
    auto const what = next_command();
    if (!what) return std::nullopt;

    ++commands_;
    memory_.heard(what->line);
    if (what->verb == verb::mail) in_envelope_.assign(host_.rules.size(), 0);
    if (what->verb == verb::auth && offered("AUTH")) return authenticate(*what, now);
    turn found{what->line, {}, {}};
    auto const* rule = choose({stage_of(what->verb), what->argument, now});
    auto const given = perform(rule, honest_reply(*what), found.effects);
    if (what->verb == verb::end_of_data) {
        auto message = transaction_.take();
        message.accepted = given && given->positive();
        found.message = std::make_shared<received_message const>(std::move(message));
    }
    if (!given) return found;
    answered(*what, *given);
    if (given->code() >= 500) ++refusals_;
    if (rule == nullptr && what->verb == verb::starttls && given->code() == 220)
        found.effects.emplace_back(start_tls{tls_fault::none});
    if (what->verb == verb::quit && given->code() == 221) found.effects.emplace_back(ending::close);
    return found;
}

std::optional<smtpserver::command> visit::next_command() {
    for (;;) {
        auto token = conversation_.next();
        if (auto* const what = std::get_if<smtpserver::command>(&token)) return std::move(*what);
        if (std::holds_alternative<smtpserver::conversation::starving>(token)) return std::nullopt;
        if (auto const* const part = std::get_if<smtpserver::conversation::piece>(&token))
            transaction_.add(part->octets, size_limit());
    }
}

void visit::answered(smtpserver::command const& what, reply const& given) {
    conversation_.answered(what, meaning_of(given));
    if (!given.positive()) return;
    if (what.verb == verb::mail) transaction_.begin(what.argument);
    if (what.verb == verb::rcpt) transaction_.add_recipient(what.argument);
    if (!conversation_.is_in_transaction()) transaction_.clear();
}

duration visit::idle_limit() const {
    auto least = honest_idle_limit;
    for (auto const& one : host_.rules) {
        if (one.stage == stage::idle) least = std::min(least, one.idle);
    }
    return least;
}

std::vector<effect> visit::wait_ended(time_point now) {
    std::vector<effect> out;
    auto const* rule = silent_ ? nullptr : choose({stage::idle, client_, now});
    if (rule != nullptr) {
        perform(rule, std::nullopt, out);
        return out;
    }
    if (!silent_) perform(nullptr, reply(421, "4.4.2", "idle too long"), out);
    out.emplace_back(ending::close);
    return out;
}

void visit::secured() {
    in_tls_ = true;
    conversation_ = smtpserver::conversation(reading());
    transaction_.clear();
    is_authenticated_ = false;
}

std::optional<reply> visit::perform(rule const* one, std::optional<reply> const& fallback,
                                    std::vector<effect>& out) {
    std::optional<reply> unsaid = fallback;
    if (one != nullptr && one->greylist) unsaid = greylisting_reply(one->greylist->time);
    rule_player player(out, conversation_, held_back_, unsaid, commands_);
    if (one != nullptr) {
        for (auto const& step : one->actions) std::visit(player, step);
    }
    player.finish();
    silent_ |= player.silent;
    return player.given;
}

rule const* visit::choose(occasion const& when) {
    auto const found = std::ranges::find_if(host_.rules, [&](rule const& one) { return applies(one, when); });
    return found != host_.rules.end() ? &*found : nullptr;
}

bool visit::applies(rule const& one, occasion const& when) {
    if (!covers(one.stage, when.at) || !matches(one.argument, when.argument)) return false;
    if (!matches(one.sender, transaction_.sender()) || !matches(one.client, client_)) return false;
    if (one.in_tls && *one.in_tls != in_tls_) return false;
    if (one.refusals && refusals_ < *one.refusals) return false;
    if (one.commands && commands_ <= *one.commands) return false;
    if (one.open && memory_.open() <= *one.open) return false;
    if (one.count && !counts(one, static_cast<std::size_t>(&one - host_.rules.data()))) return false;
    if (one.rate && !memory_.is_too_fast(client_, *one.rate, when.now)) return false;
    return !one.greylist || still_greylisted(*one.greylist, when);
}

bool visit::counts(rule const& one, std::size_t index) {
    switch (one.count->within) {
        case span::connection: return is_at(*one.count, ++on_connection_[index]);
        case span::peer: return is_at(*one.count, ++(*over_all_)[index]);
        case span::envelope: return is_at(*one.count, ++in_envelope_[index]);
    }
    return false;
}

bool visit::still_greylisted(greylist_condition const& how, occasion const& when) {
    std::string key;
    if (how.by_client) key += client_;
    key += '\n';
    if (how.by_sender) key += when.at == stage::mail ? when.argument : transaction_.sender();
    key += '\n';
    if (how.by_recipient && when.at == stage::rcpt) key += when.argument;
    return memory_.waited(key, when.now) < how.time;
}

std::optional<std::string> visit::offered(std::string_view keyword) const {
    for (auto const& one : host_.offers) {
        auto const end = std::min(one.line.find(' '), one.line.size());
        if (offers(one) && pattern(one.line.substr(0, end)).matches(keyword))
            return one.line.substr(std::min(end + 1, one.line.size()));
    }
    return std::nullopt;
}

std::size_t visit::size_limit() const {
    auto const parameter = offered("SIZE").value_or("");
    std::size_t announced = 0;  // RFC 1870 3: 0 is no limit
    std::from_chars(parameter.data(), parameter.data() + parameter.size(), announced);
    return announced == 0 ? transaction::most_octets : std::min(announced, transaction::most_octets);
}

std::optional<reply> visit::objection_to_size(smtpserver::command const& what) const {
    std::size_t size = what.verb == verb::end_of_data ? transaction_.size() : 0;
    for (auto const& one : what.parameters) {
        auto const is_size = pattern("SIZE").matches(one.keyword) && one.value && offered("SIZE");
        if (!is_size) continue;
        auto const* const end = one.value->data() + one.value->size();
        auto const [stop, bad] = std::from_chars(one.value->data(), end, size);
        if (bad == std::errc::result_out_of_range) size = SIZE_MAX;
        if (stop != end || bad == std::errc::invalid_argument) return reply(501, "5.5.4", "SIZE is a number");
    }
    if (size <= size_limit()) return std::nullopt;
    return reply(552, "5.3.4", "a message has at most " + std::to_string(size_limit()) + " bytes here");
}

reply visit::honest_reply(smtpserver::command const& what) const {
    bool const is_unknown_here = is_beyond_peers(what.verb) || (what.verb == verb::starttls && !offers_tls());
    if (is_unknown_here) return reply(502, "5.5.1", "not implemented");
    if (auto const objection = conversation_.objection(what))
        return reply(objection->code(), objection->status(), objection->text());
    if (what.verb == verb::starttls) return reply(220, "2.0.0", "go ahead");
    auto const is_unknown =
        what.verb == verb::rcpt && !host_.mailboxes.empty() &&
        std::ranges::none_of(host_.mailboxes, [&](pattern const& one) { return one.matches(what.argument); });
    if (is_unknown) return reply(550, "5.1.1", "no such user here");
    if (auto const objection = objection_to_size(what)) return *objection;
    auto const row = std::ranges::find(honest_rows, what.verb, &honest_row::verb);
    if (row != std::end(honest_rows)) return reply(row->code, row->enhanced, row->text);
    auto text = host_.name;
    if (what.verb == verb::ehlo) {
        for (auto const& one : host_.offers) {
            auto const hidden = in_tls_ && pattern("starttls").matches(one.line);
            if (offers(one) && !hidden) text += '\n' + one.line;
        }
    }
    return reply(250, "", text);
}

}  // namespace testmta::world

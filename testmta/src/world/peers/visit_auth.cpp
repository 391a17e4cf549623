#include <algorithm>

#include "core/auth_exchange.hpp"
#include "world/peers/visit.hpp"

/// AUTH (RFC 4954): the exchange is an honest one, and then rules decide what comes of it.
namespace testmta::world {

namespace {

using smtp::reply;

/// RFC 4954 4: a client may send a line of this length.
constexpr std::size_t longest_line = 12'288;

bool has_word(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        auto const end = std::min(list.find(' '), list.size());
        if (pattern(std::string(word)).matches(list.substr(0, end))) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

bool is_known(std::vector<login> const& all, smtpserver::credentials const& who) {
    return all.empty() || std::ranges::any_of(all, [&](login const& one) {
               return one.name == who.user && one.password == who.password;
           });
}

}  // namespace

std::optional<reply> visit::objection_to_auth(smtpserver::command const& what) const {
    if (auto const found = conversation_.objection(what))
        return reply(found->code(), found->status(), found->text());
    if (is_authenticated_) return reply(503, "5.5.1", "you are authenticated already");
    auto const mechanism = what.argument.substr(0, what.argument.find(' '));
    if (!has_word(*offered("AUTH"), mechanism)) return reply(504, "5.5.4", "this mechanism is not offered");
    return std::nullopt;
}

visit::turn visit::authenticate(smtpserver::command const& what, time_point now) {
    turn found{what.line, {}, {}};
    if (auto const objection = objection_to_auth(what)) {
        refuse(*objection, found);
        return found;
    }
    exchange_ = std::make_unique<smtpserver::core::auth_exchange>();
    conclude(exchange_->begin(what.argument), now, found);
    return found;
}

std::optional<visit::turn> visit::next_of_exchange(time_point now) {
    auto const line = conversation_.next_line(longest_line);
    if (!line) return std::nullopt;
    turn found{std::string(line->text), {}, {}};
    if (line->how == smtpserver::core::line_reader::fault::too_long) {
        exchange_.reset();
        refuse(reply(500, "5.5.6", "the line is too long"), found);
        return found;
    }
    conclude(exchange_->next(line->text), now, found);
    return found;
}

void visit::conclude(exchange_outcome const& step, time_point now, turn& into) {
    constexpr int challenge = 334;
    if (auto const* const says = std::get_if<smtpserver::reply>(&step)) {
        if (says->code() != challenge) exchange_.reset();
        return refuse(reply(says->code(), says->status(), says->text()), into);
    }
    exchange_.reset();
    auto const& who = std::get<smtpserver::credentials>(step);
    auto const honest = is_known(host_.logins, who) ? reply(235, "2.7.0", "welcome")
                                                    : reply(535, "5.7.8", "these credentials are not known");
    auto const given = perform(choose({stage::auth, who.user, now}), honest, into.effects);
    is_authenticated_ = given && given->code() < 300;
    if (given && given->code() >= 500) ++refusals_;
}

void visit::refuse(reply const& how, turn& into) {
    perform(nullptr, how, into.effects);
    if (how.code() >= 500) ++refusals_;
}

}  // namespace testmta::world

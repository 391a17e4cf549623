#include "core/arguments.hpp"

#include <algorithm>
#include <boost/spirit/home/x3.hpp>
#include <charconv>

#include "core/encoding.hpp"
#include "core/octets.hpp"
#include "smtpserver/core/limits.hpp"

namespace smtpserver::core {

namespace {

reply bad_value(parameter const& one) {
    return {501, "5.5.4 Bad value of " + one.keyword};
}

/// How a parameter was taken.
enum class taking : std::uint8_t { taken, bad, too_large };

std::optional<std::uint64_t> decimal(std::string_view text) {
    std::uint64_t number = 0;
    auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    // Twenty digits can say more than fits: such a size is above any limit.
    bool const is_all = end == text.data() + text.size() && text.size() <= limits::size_digits;
    if (!is_all || text.empty() || failed == std::errc::invalid_argument) return std::nullopt;
    return failed == std::errc() ? number : UINT64_MAX;
}

std::optional<std::string> decoded(parameter const& one, std::size_t most) {
    if (!one.value || one.value->size() > most) return std::nullopt;
    return from_xtext(*one.value);
}

// ---- MAIL ----

taking take_size(parameter const& one, parameter_rules const& rules, mail_arguments& into) {
    into.size = one.value ? decimal(*one.value) : std::nullopt;
    if (!into.size) return taking::bad;
    return *into.size > rules.most_size ? taking::too_large : taking::taken;
}

taking take_body(parameter const& one, parameter_rules const& rules, mail_arguments& into) {
    auto const word = one.value ? std::string_view(*one.value) : std::string_view();
    if (equals_ignoring_case(word, "7BIT")) return taking::taken;
    if (equals_ignoring_case(word, "8BITMIME")) {
        into.body = body_type::eight_bit_mime;
        return taking::taken;
    }
    bool const is_binary =
        equals_ignoring_case(word, "BINARYMIME") && rules.offered.has(extension::binary_mime);
    if (is_binary) into.body = body_type::binary_mime;
    return is_binary ? taking::taken : taking::bad;
}

taking take_smtputf8(parameter const& one, parameter_rules const&, mail_arguments& into) {
    into.smtputf8 = true;
    return one.value ? taking::bad : taking::taken;
}

taking take_ret(parameter const& one, parameter_rules const&, mail_arguments& into) {
    auto const word = one.value ? std::string_view(*one.value) : std::string_view();
    if (equals_ignoring_case(word, "FULL")) into.ret = returned::full;
    if (equals_ignoring_case(word, "HDRS")) into.ret = returned::headers;
    return into.ret == returned::unspecified ? taking::bad : taking::taken;
}

taking take_envelope_id(parameter const& one, parameter_rules const&, mail_arguments& into) {
    into.envelope_id = decoded(one, limits::envelope_id);
    return into.envelope_id ? taking::taken : taking::bad;
}

taking take_auth(parameter const& one, parameter_rules const&, mail_arguments& into) {
    into.authenticated = one.value == "<>" ? std::string() : decoded(one, one.value ? one.value->size() : 0);
    return into.authenticated ? taking::taken : taking::bad;
}

// ---- RCPT ----

struct notify_words : boost::spirit::x3::symbols<bool notify::*> {
    notify_words() {
        add("never", &notify::never)("success", &notify::success)("failure", &notify::failure);
        add("delay", &notify::delay);
    }
} const notify_word;

taking take_notify(parameter const& one, parameter_rules const&, rcpt_arguments& into) {
    namespace x3 = boost::spirit::x3;
    auto const text = one.value ? std::string_view(*one.value) : std::string_view();
    notify found;
    auto const note = [&](auto& context) { found.*x3::_attr(context) = true; };
    auto from = text.begin();
    bool const is_read = x3::parse(from, text.end(), x3::no_case[notify_word[note] % ','] >> x3::eoi);
    bool const is_mixed = found.never && (found.success || found.failure || found.delay);
    if (!is_read || is_mixed) return taking::bad;
    into.notify = found;
    return taking::taken;
}

taking take_original(parameter const& one, parameter_rules const&, rcpt_arguments& into) {
    if (!one.value || one.value->size() > limits::original_rcpt) return taking::bad;
    std::string_view const text = *one.value;
    auto const semicolon = text.find(';');
    if (semicolon == text.npos || semicolon == 0 || semicolon + 1 == text.size()) return taking::bad;
    original_recipient found;
    found.type = text.substr(0, semicolon);
    auto const written = text.substr(semicolon + 1);
    if (equals_ignoring_case(found.type, "utf-8")) {
        found.address = written;
    } else if (auto address = from_xtext(written)) {
        found.address = *std::move(address);
    } else {
        return taking::bad;
    }
    into.original = std::move(found);
    return taking::taken;
}

// ---- both ----

template <class Arguments>
struct parameter_row {
    std::string_view keyword;
    extension needs;
    taking (*take)(parameter const&, parameter_rules const&, Arguments&);
};

constexpr parameter_row<mail_arguments> mail_rows[] = {
    {"SIZE", extension::size, take_size},
    {"BODY", extension::eight_bit_mime, take_body},
    {"SMTPUTF8", extension::smtputf8, take_smtputf8},
    {"RET", extension::dsn, take_ret},
    {"ENVID", extension::dsn, take_envelope_id},
    {"AUTH", extension::auth, take_auth},
};

constexpr parameter_row<rcpt_arguments> rcpt_rows[] = {
    {"NOTIFY", extension::dsn, take_notify},
    {"ORCPT", extension::dsn, take_original},
};

bool is_repeated(std::vector<parameter> const& all, parameter const& one) {
    auto const has_same_keyword = [&](parameter const& other) {
        return equals_ignoring_case(other.keyword, one.keyword);
    };
    return std::ranges::count_if(all, has_same_keyword) > 1;  // there are at most limits::parameters
}

template <class Arguments, std::size_t Rows>
std::optional<reply> take_parameter(parameter const& one, parameter_row<Arguments> const (&rows)[Rows],
                                    parameter_rules const& rules, Arguments& into) {
    auto const row = std::ranges::find_if(
        rows, [&](auto const& each) { return equals_ignoring_case(each.keyword, one.keyword); });
    if (row == std::end(rows) || !rules.offered.has(row->needs))
        return reply(555, "5.5.4 Parameter " + one.keyword + " is not offered here");
    switch (row->take(one, rules, into)) {
        case taking::taken: return std::nullopt;
        case taking::bad: return bad_value(one);
        case taking::too_large: return reply(552, "5.3.4 The message is too large");
    }
    return std::nullopt;
}

template <class Arguments, std::size_t Rows>
std::optional<reply> take_parameters(command const& what, parameter_row<Arguments> const (&rows)[Rows],
                                     parameter_rules const& rules, Arguments& into) {
    for (auto const& one : what.parameters) {
        if (is_repeated(what.parameters, one)) return reply(501, "5.5.4 " + one.keyword + " is given twice");
        if (auto refusal = take_parameter(one, rows, rules, into)) return refusal;
    }
    into.parameters = what.parameters;
    return std::nullopt;
}

/// Whose path it is decides the enhanced code of a refusal (RFC 3463 3.2).
enum class path_of : std::uint8_t { sender, recipient };

std::optional<reply> read_path(std::string_view text, path_of whose, path& into) {
    auto const refused = [&](std::string_view why) {
        return reply(501, std::string(whose == path_of::sender ? "5.1.7 " : "5.1.3 ") + std::string(why));
    };
    switch (path::parse(text, into)) {
        case path::fault::none: break;
        case path::fault::syntax: return refused("This is not an address");
        case path::fault::no_domain: return refused("The address has no domain");
        case path::fault::too_long: return refused("The address is too long");
        case path::fault::not_utf8: return refused("The address is not UTF-8");
    }
    bool const is_out_of_place = whose == path_of::sender ? into.is_bare_postmaster() : into.is_null();
    if (is_out_of_place) return refused("This address cannot stand here");
    return std::nullopt;
}

std::optional<reply> check_charset(path const& where, bool smtputf8) {
    if (smtputf8 || !where.needs_smtputf8()) return std::nullopt;
    return reply(553, "5.6.7 The address needs SMTPUTF8");
}

}  // namespace

std::optional<reply> read_mail(command const& what, parameter_rules const& rules, mail_arguments& into) {
    if (auto refusal = read_path(what.argument, path_of::sender, into.path)) return refusal;
    if (auto refusal = take_parameters(what, mail_rows, rules, into)) return refusal;
    return check_charset(into.path, into.smtputf8);
}

std::optional<reply> read_rcpt(command const& what, parameter_rules const& rules, bool smtputf8,
                               rcpt_arguments& into) {
    if (auto refusal = read_path(what.argument, path_of::recipient, into.path)) return refusal;
    if (auto refusal = take_parameters(what, rcpt_rows, rules, into)) return refusal;
    return check_charset(into.path, smtputf8);
}

}  // namespace smtpserver::core

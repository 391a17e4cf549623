#include "milterproto/core/mta/filter_turn.hpp"

#include "milterproto/core/wire/codec.hpp"

#include <algorithm>

namespace milterproto::core {

namespace {

bool begins_with(std::string_view text, std::string_view keyword) noexcept {
    return equals_ignoring_case(text.substr(0, keyword.size()), keyword);
}

std::vector<std::string> split_arguments(std::string_view arguments) {
    std::vector<std::string> parts;
    while (!arguments.empty()) {
        auto const word = arguments.substr(0, arguments.find(' '));
        if (!word.empty()) parts.emplace_back(word);
        arguments.remove_prefix(std::min(word.size() + 1, arguments.size()));
    }
    return parts;
}

/// Returns the arguments that are obeyed. Postfix obeys two for each kind of address and warns about the
/// rest.
std::vector<std::string> taken_arguments(edit_rules const& rules, std::string_view arguments,
                                         std::string_view first, std::string_view second) {
    auto parts = split_arguments(arguments);
    if (rules.of_addresses == edit_rules::arguments::only_for_notifications) {
        std::erase_if(parts,
                      [&](auto const& one) { return !begins_with(one, first) && !begins_with(one, second); });
    }
    return parts;
}

/// Returns how much memory a change takes, in bytes.
std::size_t weight(modification const& change) noexcept {
    constexpr std::size_t of_any = 64;
    return change.subject.size() + change.value.size() + of_any;
}

}  // namespace

filter_turn::filter_turn(queued_message& message, mta_dialect const& as, option_set const& agreed,
                         std::size_t most)
    : message_(message),
      rules_(as.edits),
      spaces_values_((agreed.steps & step::header_leading_space) == 0),
      room_(most) {}

result<> filter_turn::apply(modification const& change) {
    if (weight(change) > room_) return errc::change_too_large;
    room_ -= weight(change);
    switch (change.what) {
        case answer::add_header: add_header(change.subject, change.value); break;
        case answer::insert_header: return insert_header(change);
        case answer::change_header: change_header(change); break;
        case answer::change_sender: change_sender(change); break;
        case answer::add_recipient:
        case answer::add_recipient_args: add_recipient(change); break;
        case answer::delete_recipient: delete_recipient(change.subject); break;
        case answer::replace_body: replace_body(change.subject); break;
        case answer::quarantine: message_.quarantine = change.subject; break;
        default: return errc::change_malformed;
    }
    return {};
}

void filter_turn::finish(answer verdict) {
    std::erase_if(message_.headers, [](auto const& one) { return one.deleted; });
    switch (verdict) {
        case answer::proceed:
        case answer::accept:
        case answer::skip:
            if (message_.recipients.empty()) message_.becomes = queued_message::fate::discarded;
            break;
        case answer::discard: message_.becomes = queued_message::fate::discarded; break;
        default: message_.becomes = queued_message::fate::refused; break;
    }
}

std::string filter_turn::raw_value(std::string_view value) const {
    return std::string(spaces_values_ ? " " : "").append(value);
}

void filter_turn::add_header(std::string_view name, std::string_view value) {
    auto& headers = message_.headers;
    auto at = headers.end();
    if (rules_.own_defaults == edit_rules::own_fields::are_hidden_and_replaced) {
        auto const own = std::ranges::find_if(headers, [&](auto const& one) {
            return one.from == queued_header::origin::own_default && equals_ignoring_case(one.name, name);
        });
        if (own != headers.end()) {
            *own = queued_header(own->name, raw_value(value));
            return;
        }
    }
    if (rules_.added_header == edit_rules::place::before_namesake) {
        at = std::ranges::find_if(headers,
                                  [&](auto const& one) { return equals_ignoring_case(one.name, name); });
    }
    headers.emplace(at, std::string(name), raw_value(value));
}

result<> filter_turn::insert_header(modification const& change) {
    bool const negative = change.index > 0x7fffffff;
    if (negative && rules_.deleted_header == edit_rules::count::renumbers) return errc::change_malformed;
    auto& headers = message_.headers;
    auto const at = std::min<std::size_t>(change.index, headers.size());
    headers.emplace(headers.begin() + static_cast<std::ptrdiff_t>(at), std::string(change.subject),
                    raw_value(change.value));
    return {};
}

void filter_turn::change_header(modification const& change) {
    auto const wanted = std::max<std::uint32_t>(change.index, 1);
    std::uint32_t count = 0;
    for (std::size_t i = 0; i != message_.headers.size(); ++i) {
        auto& header = message_.headers[i];
        if (!is_shown(header, rules_) || !equals_ignoring_case(header.name, change.subject)) continue;
        if (++count != wanted) continue;
        if (change.value.empty()) return delete_header(i);
        header.value = raw_value(change.value);
        header.deleted = false;
        if (rules_.changed_name == edit_rules::name::as_sent) header.name = change.subject;
        return;
    }
    if (!change.value.empty()) add_header(change.subject, change.value);
}

void filter_turn::delete_header(std::size_t at) {
    if (rules_.deleted_header == edit_rules::count::keeps_place) {
        message_.headers[at].deleted = true;
    } else {
        message_.headers.erase(message_.headers.begin() + static_cast<std::ptrdiff_t>(at));
    }
}

void filter_turn::change_sender(modification const& change) {
    message_.sender = without_brackets(change.subject);
    auto arguments = taken_arguments(rules_, change.value, "RET=", "ENVID=");
    auto& parameters = message_.sender_parameters;
    if (rules_.of_addresses == edit_rules::arguments::are_all_taken) {
        parameters = std::move(arguments);
        return;
    }
    for (auto& one : arguments) {
        auto const keyword = one.substr(0, one.find('=') + 1);
        std::erase_if(parameters, [&](auto const& old) { return begins_with(old, keyword); });
        parameters.push_back(std::move(one));
    }
}

void filter_turn::add_recipient(modification const& change) {
    auto const address = without_brackets(change.subject);
    auto const found = std::ranges::find(message_.recipients, address, &queued_recipient::address);
    bool const again = rules_.recipient == edit_rules::repeated::is_added_again;
    if (found != message_.recipients.end() && !again) return;
    message_.recipients.emplace_back(std::string(address),
                                     taken_arguments(rules_, change.value, "NOTIFY=", "ORCPT="));
}

void filter_turn::delete_recipient(std::string_view path) {
    auto const address = without_brackets(path);
    std::erase_if(message_.recipients, [&](auto const& one) { return one.address == address; });
}

void filter_turn::replace_body(std::string_view bytes) {
    if (!body_begun_) message_.body.clear();
    body_begun_ = true;
    message_.body.append(bytes);
}

}  // namespace milterproto::core

#include "filter/awaited_event.hpp"

#include <algorithm>
#include <string_view>

#include "milterproto/core/wire/codec.hpp"
#include "text/overloaded.hpp"

namespace testmta::filter {

namespace {

using core::command;

/// Whether the blank after a field's colon is sent depends on what was negotiated.
std::string_view without_blank(std::string_view value) {
    return value.starts_with(' ') ? value.substr(1) : value;
}

bool is_field(run::words const& wanted, std::string_view payload) {
    auto const field = core::decode_header(payload);
    if (!field || !core::equals_ignoring_case(field->first, wanted.strings.front())) return false;
    return wanted.strings.size() == 1 || without_blank(field->second) == without_blank(wanted.strings.back());
}

bool begins_like(run::words const& wanted, std::string_view payload) {
    auto const strings = core::decode_strings(payload);
    return strings && strings->size() >= wanted.strings.size() &&
           std::ranges::equal(wanted.strings, std::span(*strings).first(wanted.strings.size()));
}

bool is_client(run::connect const& wanted, std::string_view payload) {
    auto const client = core::decode_connect(payload);
    return client && client->hostname == wanted.hostname && client->family == wanted.family &&
           client->address == (wanted.family == core::family::unknown ? "" : wanted.address) &&
           (wanted.port == 0 || wanted.port == client->port);
}

bool is_offer(run::offer const& wanted, std::string_view payload) {
    auto const made = core::decode_options(payload);
    return made && wanted.version.value_or(made->version) == made->version &&
           wanted.actions.allows(made->actions) && wanted.steps.allows(made->steps);
}

}  // namespace

bool is_awaited(run::action const& wanted, core::frame const& came) {
    auto const event = run::event_of(wanted);
    if (!event || static_cast<char>(*event) != came.letter) return false;
    return std::visit(overloaded{
                          [&](run::words const& one) {
                              auto const is_header = one.what == command::header;
                              return is_header ? is_field(one, came.payload) : begins_like(one, came.payload);
                          },
                          [&](run::connect const& one) { return is_client(one, came.payload); },
                          [&](run::body const& one) { return one.octets == came.payload; },
                          [&](run::offer const& one) { return is_offer(one, came.payload); },
                          [](auto const&) { return true; },
                      },
                      wanted);
}

}  // namespace testmta::filter

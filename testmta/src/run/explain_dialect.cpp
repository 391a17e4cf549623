#include "run/explain_dialect.hpp"

#include <algorithm>
#include <sstream>

#include "milterproto/core/limits.hpp"
#include "script/option_mask.hpp"

namespace testmta::run {

namespace {

constexpr std::size_t width = 42;

class table {
public:
    void add(std::string_view what, std::string_view value) {
        text_ += what;
        text_.append(what.size() < width ? width - what.size() : 1, ' ');
        text_.append(value).append("\n");
    }
    std::string const& text() const noexcept { return text_; }

private:
    std::string text_;
};

std::string_view name_of(core::command stage) {
    switch (stage) {
        case core::command::connect: return "connect";
        case core::command::helo: return "helo";
        case core::command::mail: return "mail";
        case core::command::rcpt: return "rcpt";
        case core::command::data: return "data";
        case core::command::header: return "header";
        case core::command::end_of_headers: return "eoh";
        case core::command::body: return "body";
        case core::command::end_of_message: return "eom";
        default: return "unknown";
    }
}

void add_offer(table& into, core::option_set const& offer) {
    into.add("version offered", std::to_string(offer.version));
    into.add("actions offered", name_bits(offer.actions, action_names()));
    into.add("steps offered", name_bits(offer.steps, step_names()));
}

void add_events(table& into, core::mta_dialect const& as) {
    auto const version = as.negotiation.offer.version;
    auto const aborts = as.order.at_message_end == core::order_rules::message_end::aborts;
    auto const first_word = as.spelling.unknown == core::spelling_rules::unknown_command::first_word;
    auto const bracketed = as.spelling.unresolved == core::spelling_rules::unknown_client::bracketed_address;
    auto const labelled = as.spelling.ipv6_address == core::spelling_rules::ipv6::labelled;
    auto const drops = as.order.when_client_drops_in_content == core::order_rules::leaving::drops;
    into.add("data event", version > 3 ? "yes" : "no");
    into.add("unknown event", version < 3 ? "no" : first_word ? "first word" : "full line");
    into.add("abort after the end of a message", aborts ? "yes" : "no");
    into.add("abort of an earlier greeting",
             as.order.of_greeting == core::order_rules::reset::aborts ? "yes" : "no");
    into.add("client vanishes in the content", drops ? "connection closed" : "quit");
    into.add("unresolved client", bracketed ? "[address]" : "as written");
    into.add("IPv6 addresses", labelled ? "IPv6:2001:db8::1" : "2001:db8::1");
    into.add("body chunk", std::to_string(milterproto::limits::payload));
}

void add_macros(table& into, core::mta_dialect const& as) {
    for (auto const& row : as.macros.defaults) {
        auto const stage = "macros before " + std::string(name_of(row.with));
        into.add(stage, row.names.empty() ? "(an empty frame)" : row.names);
    }
    auto const from_mail = as.macros.queue_id == core::macro_rules::id::from_mail;
    into.add("macro i from", from_mail ? "mail" : "the second recipient, or data");
}

void add_edits(table& into, dialect const& as) {
    auto const& edits = as.mta.edits;
    auto const at_end = edits.added_header == core::edit_rules::place::at_end;
    auto const again = edits.recipient == core::edit_rules::repeated::is_added_again;
    auto const as_sent = edits.changed_name == core::edit_rules::name::as_sent;
    into.add("a field that is added stands", at_end ? "last" : "before the first of its name, or last");
    into.add("a field that is changed is named", as_sent ? "as the filter spelt it" : "as before");
    into.add("a recipient that is there already", again ? "is added again" : "is not added again");
    into.add("%% in a reply text", as.percent == percent_form::kept ? "kept" : "%");
}

void add_texts(table& into, core::mta_dialect const& as) {
    into.add("a reject of a command reads", as.texts.refused);
    into.add("a reject of the content reads", as.texts.content_refused);
    into.add("a tempfail reads", as.texts.deferred);
}

}  // namespace

std::string explain(dialect const& as) {
    table found;
    found.add("dialect", as.name);
    add_offer(found, as.mta.negotiation.offer);
    add_events(found, as.mta);
    add_macros(found, as.mta);
    add_edits(found, as);
    add_texts(found, as.mta);
    return found.text();
}

}  // namespace testmta::run

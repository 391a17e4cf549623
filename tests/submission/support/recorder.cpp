#include "submission/support/recorder.hpp"

#include <sstream>

namespace submission::testing {
namespace {

std::string of(boost::system::error_code why) {
    return why ? why.message() : "ok";
}

std::string of(submission::reply const& r) {
    return r.text();
}

struct describer {
    std::ostringstream& out;

    void operator()(event::resolved const& e) const { out << e.host << ' ' << e.addresses.size(); }
    void operator()(event::connecting const& e) const { out << e.to; }
    void operator()(event::connect_failed const& e) const { out << e.to << ' ' << of(e.error); }
    void operator()(event::connected const& e) const { out << e.to; }
    void operator()(event::next_address const& e) const { out << e.from << ' ' << e.to << ' ' << of(e.why); }
    void operator()(event::sent const& e) const { out << e.command; }
    void operator()(event::received const& e) const { out << of(e.reply); }
    void operator()(event::greeted const& e) const { out << of(e.reply) << (e.esmtp ? " esmtp" : ""); }
    void operator()(event::hello_done const& e) const {
        out << (e.by == callout::core::verb::ehlo ? "EHLO" : "HELO") << (e.after_tls ? " in TLS" : "");
    }
    void operator()(event::extension_missing const& e) const {
        out << e.keyword;
        if (e.message) out << " for " << *e.message;
        if (e.fatal) out << " fatal";
    }
    void operator()(event::client_certificate_problem const& e) const { out << int(e.kind) << ' ' << e.text; }
    void operator()(event::tls_starting const& e) const { out << e.server_name; }
    void operator()(event::certificate_verdict const& e) const {
        out << "problems " << unsigned(e.session.problems)
            << (e.proposed == event::certificate_verdict::decision::accept ? " accept" : " refuse");
    }
    void operator()(event::tls_up const& e) const { out << e.session.version; }
    void operator()(event::tls_failed const& e) const {
        out << (e.where == event::tls_failed::stage::command     ? "command"
                : e.where == event::tls_failed::stage::handshake ? "handshake"
                                                                 : "verify")
            << ' ' << (e.reply ? of(*e.reply) : of(e.error)) << " proposes "
            << (e.proposed == callout::after_tls_failure::retry_plain ? "retry_plain" : "quit");
    }
    void operator()(event::auth_done const& e) const {
        out << e.mechanism << ' ' << (e.ok ? "ok " : "failed ") << of(e.reply);
    }
    void operator()(event::etrn_status const& e) const {
        out << e.node << ' ' << (e.option == 0 ? '-' : e.option) << e.domain << ' ' << of(e.reply);
    }
    void operator()(event::deliver_by_too_early const& e) const {
        out << e.message << " requested " << e.requested << " minimum " << e.minimum;
    }
    void operator()(event::mail_status const& e) const {
        out << e.message << " <" << e.sender << "> " << of(e.reply);
    }
    void operator()(event::rcpt_status const& e) const {
        out << e.message << '.' << e.recipient << " <" << e.address << "> " << of(e.reply)
            << (e.complete ? " complete" : "") << " pending " << e.pending;
    }
    void operator()(event::data_ready const& e) const {
        out << e.message << (e.by == event::transfer::data ? " DATA" : " BDAT") << " accepted " << e.accepted
            << " refused " << e.refused
            << (e.proposed == event::data_ready::decision::go_on ? " go_on" : " abort");
    }
    void operator()(event::message_progress const& e) const {
        out << e.message << " +" << e.octets << ' ' << e.total << " of ";
        if (e.of)
            out << *e.of;
        else
            out << '?';
    }
    void operator()(event::message_result const& e) const {
        out << e.message << ' ' << to_string(e.stage) << ' ' << (e.reply ? of(*e.reply) : "no reply") << ", "
            << of(e.error);
    }
    void operator()(event::syntax_warning const& e) const { out << unsigned(e.kinds) << ' ' << e.command; }
    void operator()(event::protocol_error const& e) const {
        out << of(e.error) << " at " << e.command << ": " << e.raw;
    }
    void operator()(event::server_closing const& e) const { out << e.command << ' ' << of(e.reply); }
    void operator()(event::disconnected const& e) const { out << int(e.why) << ' ' << to_string(e.during); }
    void operator()(event::session_done const& e) const { out << of(e.error); }
};

/// Returns what a decision is called, or what was proposed.
template <class Event>
typename Event::decision chosen(recorder const& by, Event const& e,
                                std::map<std::string, typename Event::decision> const& all) {
    auto const found = by.decisions.find(std::string(Event::name));
    return found == by.decisions.end() ? e.proposed : all.at(found->second);
}

}  // namespace

std::string described(any_event const& what) {
    std::ostringstream out;
    out << name_of(what) << ' ';
    std::visit(describer{out}, what);
    auto text = out.str();
    for (auto at = text.find("\r\n"); at != text.npos; at = text.find("\r\n")) text.replace(at, 2, " / ");
    return text;
}

void recorder::on(any_event const& what, callout::steady_time) {
    auto const name = std::string(name_of(what));
    names.push_back(name);
    bool const is_command = name == "sent" || name == "received";
    if (tells_commands || !is_command) note("* " + described(what));
    if (name == throws_at) throw std::runtime_error("thrown by the observer");
}

event::next_address::decision recorder::decide(event::next_address const& e) {
    using enum event::next_address::decision;
    return chosen(*this, e, {{"go_on", go_on}, {"quit", quit}});
}
event::extension_missing::decision recorder::decide(event::extension_missing const& e) {
    using enum event::extension_missing::decision;
    return chosen(*this, e, {{"go_on", go_on}, {"quit", quit}});
}
event::client_certificate_problem::decision recorder::decide(event::client_certificate_problem const& e) {
    using enum event::client_certificate_problem::decision;
    return chosen(*this, e, {{"go_on", go_on}, {"quit", quit}});
}
event::certificate_verdict::decision recorder::decide(event::certificate_verdict const& e) {
    using enum event::certificate_verdict::decision;
    return chosen(*this, e, {{"accept", accept}, {"refuse", refuse}});
}
event::tls_failed::decision recorder::decide(event::tls_failed const& e) {
    using enum callout::after_tls_failure;
    return chosen(*this, e, {{"retry_plain", retry_plain}, {"next_address", next_address}, {"quit", quit}});
}
event::auth_done::decision recorder::decide(event::auth_done const& e) {
    using enum event::auth_done::decision;
    return chosen(*this, e, {{"next_mechanism", next_mechanism}, {"go_on", go_on}, {"quit", quit}});
}
event::deliver_by_too_early::decision recorder::decide(event::deliver_by_too_early const& e) {
    using decision = event::deliver_by_too_early::decision;
    return chosen(*this, e,
                  {{"as_is", decision::send_as_is()},
                   {"adjust 10", decision::adjust(10)},
                   {"skip", decision::skip_message()}});
}
event::data_ready::decision recorder::decide(event::data_ready const& e) {
    using enum event::data_ready::decision;
    return chosen(*this, e, {{"go_on", go_on}, {"abort", abort}});
}
event::syntax_warning::decision recorder::decide(event::syntax_warning const& e) {
    using enum event::syntax_warning::decision;
    return chosen(*this, e, {{"go_on", go_on}, {"quit", quit}});
}

}  // namespace submission::testing

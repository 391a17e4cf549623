// The library's side of the comparison: the same filter as the others, in its simplest form.
#include <array>
#include <iostream>
#include <milterproto/milterproto.hpp>

#include "command_line.hpp"
#include "work.hpp"

namespace {

using namespace milterproto;

struct noop_default {
    session_verdict on_connect(connection&, connect_event const&) { return proceed; }
    message_verdict on_eom(connection&, message<>&) { return proceed; }
};
struct noop_max {
    void on_connect(connection&, connect_event const&) {}
    message_verdict on_eom(connection&, message<>&) { return proceed; }
};

message_verdict mark(bench::message_work& seen, eom_actions<edit::add_header>& actions) {
    seen.event();
    std::array<char, 48> digits;
    if (!actions.add_header(bench::header_name, seen.header_value(digits))) return tempfail;
    return proceed;
}

/// Answers every event.
struct full_default {
    using message_state = bench::message_work;
    using mail = message<message_state>;
    session_verdict on_connect(connection&, connect_event const&) { return proceed; }
    session_verdict on_helo(connection&, helo_event const&) { return proceed; }
    message_verdict on_mail(connection&, mail& now, mail_event const&) {
        now.state.begin();
        return proceed;
    }
    message_verdict on_rcpt(connection&, mail& now, rcpt_event const&) {
        now.state.event();
        return proceed;
    }
    message_verdict on_data(connection&, mail& now) {
        now.state.event();
        return proceed;
    }
    message_verdict on_header(connection&, mail& now, header_event const&) {
        now.state.event();
        return proceed;
    }
    message_verdict on_eoh(connection&, mail& now) {
        now.state.event();
        return proceed;
    }
    body_verdict on_body(connection&, mail& now, body_event const& event) {
        now.state.event();
        now.state.body_octets(event.chunk);
        return proceed;
    }
    session_verdict on_unknown(connection&, unknown_event const&) { return proceed; }
    message_verdict on_eom(connection&, mail& now, eom_actions<edit::add_header>& actions) {
        return mark(now.state, actions);
    }
    void on_abort(connection&, mail&) {}
    void on_close(connection&) {}
};

/// Answers only the end of message.
struct full_max {
    using message_state = bench::message_work;
    using mail = message<message_state>;
    void on_connect(connection&, connect_event const&) {}
    void on_helo(connection&, helo_event const&) {}
    void on_mail(connection&, mail& now, mail_event const&) { now.state.begin(); }
    void on_rcpt(connection&, mail& now, rcpt_event const&) { now.state.event(); }
    void on_data(connection&, mail& now) { now.state.event(); }
    void on_header(connection&, mail& now, header_event const&) { now.state.event(); }
    void on_eoh(connection&, mail& now) { now.state.event(); }
    void on_body(connection&, mail& now, body_event const& event) {
        now.state.event();
        now.state.body_octets(event.chunk);
    }
    void on_unknown(connection&, unknown_event const&) {}
    message_verdict on_eom(connection&, mail& now, eom_actions<edit::add_header>& actions) {
        return mark(now.state, actions);
    }
    void on_abort(connection&, mail&) {}
    void on_close(connection&) {}
};

server::factory factory_of(bench::filter_command_line const& wanted) {
    bool const max = wanted.negotiate == bench::negotiate::max;
    if (wanted.behaviour == bench::behaviour::noop) {
        if (max) return [] { return make_filter(noop_max()); };
        return [] { return make_filter(noop_default()); };
    }
    if (max) return [] { return make_filter(full_max()); };
    return [] { return make_filter(full_default()); };
}

}  // namespace

int main(int argc, char** argv) {
    auto const wanted = bench::read_filter_command_line(argc, argv);
    auto const where = socket_spec::parse(wanted.where);
    program_options options;
    options.max_connections = 1'000'000;
    if (!where) {
        std::cerr << wanted.where << ": " << where.error().message() << '\n';
        return 64;
    }
    return run(*where, factory_of(wanted), options) ? 0 : 71;  // stderr has the reason
}

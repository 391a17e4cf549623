#include "submit/json_lines.hpp"

#include <boost/json.hpp>
#include <ostream>
#include <sstream>

namespace testmta::submit {
namespace {

namespace json = boost::json;
namespace event = submission::event;

std::string text_of(callout::endpoint const& where) {
    std::ostringstream text;
    text << where;
    return text.str();
}

json::value text_of(boost::system::error_code why) {
    return why ? json::value(why.message()) : json::value(nullptr);
}

json::value text_of(submission::reply const* reply) {
    return reply ? json::value(reply->text()) : json::value(nullptr);
}

/// What each event says, besides its name.
struct fields {
    json::object& into;

    void operator()(event::resolved const& e) const {
        into["host"] = e.host;
        json::array all;
        for (auto const& one : e.addresses) all.emplace_back(one.to_string());
        into["addresses"] = std::move(all);
        if (e.null_mx) into["null_mx"] = true;
    }
    void operator()(event::connecting const& e) const { into["to"] = text_of(e.to); }
    void operator()(event::connect_failed const& e) const {
        into["to"] = text_of(e.to);
        into["error"] = text_of(e.error);
    }
    void operator()(event::connected const& e) const { into["to"] = text_of(e.to); }
    void operator()(event::next_address const& e) const {
        into["to"] = text_of(e.to);
        into["why"] = text_of(e.why);
    }
    void operator()(event::sent const& e) const { into["command"] = e.command; }
    void operator()(event::received const& e) const { into["reply"] = e.reply.text(); }
    void operator()(event::greeted const& e) const { into["reply"] = e.reply.text(); }
    void operator()(event::hello_done const& e) const {
        into["reply"] = e.reply.text();
        into["tls"] = e.after_tls;
    }
    void operator()(event::extension_missing const& e) const {
        into["keyword"] = e.keyword;
        into["fatal"] = e.fatal;
    }
    void operator()(event::client_certificate_problem const& e) const { into["problem"] = e.text; }
    void operator()(event::tls_starting const& e) const { into["server_name"] = e.server_name; }
    void operator()(event::certificate_verdict const& e) const {
        using callout::certificate_problem;
        json::array all;
        for (auto const& [problem, word] : {std::pair{certificate_problem::absent, "absent"},
                                            std::pair{certificate_problem::invalid, "invalid"},
                                            std::pair{certificate_problem::expired, "expired"},
                                            std::pair{certificate_problem::wrong_name, "wrong_name"},
                                            std::pair{certificate_problem::weak_cipher, "weak_cipher"}})
            if (includes(e.session.problems, problem)) all.emplace_back(word);
        into["problems"] = std::move(all);
    }
    void operator()(event::tls_up const& e) const {
        into["version"] = e.session.version;
        into["cipher"] = e.session.cipher;
    }
    void operator()(event::tls_failed const& e) const {
        into["reply"] = text_of(e.reply);
        into["error"] = text_of(e.error);
    }
    void operator()(event::auth_done const& e) const {
        into["mechanism"] = e.mechanism;
        into["reply"] = e.reply.text();
        into["ok"] = e.ok;
    }
    void operator()(event::etrn_status const& e) const {
        into["node"] = e.domain;
        into["reply"] = e.reply.text();
    }
    void operator()(event::deliver_by_too_early const& e) const {
        into["requested"] = e.requested;
        into["minimum"] = e.minimum;
    }
    void operator()(event::mail_status const& e) const {
        into["sender"] = e.sender;
        into["reply"] = e.reply.text();
    }
    void operator()(event::rcpt_status const& e) const {
        into["recipient"] = e.address;
        into["reply"] = e.reply.text();
        into["complete"] = e.complete;
    }
    void operator()(event::data_ready const& e) const {
        into["accepted"] = e.accepted;
        into["refused"] = e.refused;
        into["by"] = e.by == event::transfer::bdat ? "BDAT" : "DATA";
    }
    void operator()(event::message_progress const& e) const {
        into["total"] = e.total;
        if (e.of) into["of"] = *e.of;
    }
    void operator()(event::message_result const& e) const {
        into["stage"] = to_string(e.stage);
        into["reply"] = text_of(e.reply);
        into["error"] = text_of(e.error);
    }
    void operator()(event::syntax_warning const& e) const {
        into["command"] = e.command;
        into["reply"] = e.reply.text();
    }
    void operator()(event::protocol_error const& e) const {
        into["command"] = e.command;
        into["error"] = text_of(e.error);
        into["raw"] = e.raw;
    }
    void operator()(event::server_closing const& e) const { into["reply"] = e.reply.text(); }
    void operator()(event::disconnected const& e) const {
        into["during"] = to_string(e.during);
        into["bytes_in"] = e.bytes_in;
        into["bytes_out"] = e.bytes_out;
    }
    void operator()(event::session_done const& e) const { into["error"] = text_of(e.error); }
};

}  // namespace

void json_lines::on(submission::any_event const& what, callout::steady_time) {
    json::object line;
    line["event"] = submission::name_of(what);
    std::visit(fields{line}, what);
    to_ << json::serialize(line) << std::endl;
}

}  // namespace testmta::submit

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "world/control/conversation_log.hpp"
#include "world/live/changeable_world.hpp"
#include "world/peers/mailbag.hpp"

namespace testmta::world {

struct control_request {
    std::string method;
    std::string target;
    std::string host;    ///< the field of this name; empty: none
    std::string origin;  ///< likewise; browsers say there which page asks
    std::string body;
};

class control_reply {
public:
    int status = 200;
    std::string type = "application/json";
    std::string body;
    std::string allow;  ///< with 405: the methods that are possible
    enum class sequel { none, stop, events } then = sequel::none;
};

/// Answers the requests of the control interface. It has no sockets.
///
/// It is asked on loopback, where web pages of anybody can make a browser ask, too. So it refuses requests
/// for a host that is not this machine (DNS rebinding), and those of pages that it has not served itself.
class control_api {
public:
    control_api(changeable_world& world, conversation_log& conversations, mailbag& mail)
        : world_(world), conversations_(conversations), mail_(mail) {}

    control_reply answer(control_request const& what);

    /// Returns a reply whose body is a JSON object with a sentence.
    static control_reply refuse(int status, std::string_view sentence);

private:
    struct route;
    using arguments = std::vector<std::string>;
    static std::vector<route> const& routes();

    control_reply page(arguments const& which, control_request const& what);
    control_reply show_world(arguments const& which, control_request const& what);
    control_reply load_world(arguments const& which, control_request const& what);
    control_reply replace_rules(arguments const& which, control_request const& what);
    control_reply list_conversations(arguments const& which, control_request const& what);
    control_reply show_conversation(arguments const& which, control_request const& what);
    control_reply forget_conversations(arguments const& which, control_request const& what);
    control_reply list_mail(arguments const& which, control_request const& what);
    control_reply show_mail(arguments const& which, control_request const& what);
    control_reply forget_mail(arguments const& which, control_request const& what);
    control_reply stream_events(arguments const& which, control_request const& what);
    control_reply stop(arguments const& which, control_request const& what);

    changeable_world& world_;
    conversation_log& conversations_;
    mailbag& mail_;
};

}  // namespace testmta::world

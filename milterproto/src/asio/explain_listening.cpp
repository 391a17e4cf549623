#include <filesystem>

#include "milterproto/listener.hpp"

namespace milterproto {

namespace {

namespace conditions = boost::system::errc;
using boost::system::error_code;

constexpr std::uint16_t first_free_port = 1024;

std::string folder_of(socket_spec const& where) {
    return std::filesystem::path(where.path()).parent_path().string();
}

std::string remedy_for_path(socket_spec const& where, error_code why) {
    auto const folder = folder_of(where);
    if (why == conditions::no_such_file_or_directory) {
        auto const name = std::filesystem::path(folder).filename().string();
        return "make the folder " + folder + ", or let systemd make it (RuntimeDirectory=" + name + ")";
    }
    if (why == conditions::permission_denied)
        return "let the account that the program runs as write into " + folder;
    if (why == conditions::operation_not_permitted)
        return "make the account that the program runs as a member of the socket's group";
    if (why == errc::socket_path_in_use)
        return "end the program that serves it, or remove the file if there is no such program";
    if (why == errc::no_such_group) return "create the socket's group, or name another one";
    return {};
}

std::string remedy_for_port(socket_spec const& where, error_code why) {
    if (why == conditions::address_in_use)
        return "end the program that has this port (ss -ltnp names it), or choose another one";
    if (why == conditions::address_not_available)
        return "choose an address of this machine, or * for all that it has";
    if (why == conditions::permission_denied && where.port() < first_free_port)
        return "choose a port from 1024, or give the program CAP_NET_BIND_SERVICE";
    if (why == conditions::address_family_not_supported)
        return "choose an address of the other family: this machine lacks IPv" +
               std::string(where.family() == socket_spec::kind::inet6 ? "6" : "4");
    return {};
}

std::string remedy_for(socket_spec const& where, error_code why) {
    switch (where.family()) {
        case socket_spec::kind::unix_path: return remedy_for_path(where, why);
        case socket_spec::kind::inet:
        case socket_spec::kind::inet6: return remedy_for_port(where, why);
        case socket_spec::kind::descriptor:
            return "make the process that starts the program pass it a socket, or name one that it can open "
                   "itself";
    }
    return {};
}

}  // namespace

std::string explain_listening(socket_spec const& where, error_code why) {
    auto const remedy = remedy_for(where, why);
    return remedy.empty() ? why.message() : why.message() + " (" + remedy + ')';
}

}  // namespace milterproto

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "milterproto/core/error.hpp"
#include "milterproto/newcomer.hpp"
#include "milterproto/socket_spec.hpp"

namespace milterproto {

/// What to do with a path that exists when a unix socket is bound (libmilter: the argument of
/// smfi_opensocket).
enum class stale_socket {
    refuse,
    remove,  ///< if it is a socket that nobody listens on, and nothing else
};

class listener_options {
public:
    listener_options() {}
    stale_socket stale = stale_socket::refuse;
    std::optional<unsigned> socket_mode;      ///< of unix sockets, such as 0660
    std::optional<std::string> socket_group;  ///< by name
};

/// Gets what a listener accepts, in its loop. The name of the listener lives as long as the listener.
class listener_owner {
public:
    /// Keeps the connection, or refuses it by destroying it. If this throws, that client is refused, and the
    /// next ones are accepted.
    virtual void on_newcomer(std::string_view listener, newcomer peer) = 0;
    /// No connection can be accepted, usually because the descriptors are used up. Called once; the listener
    /// tries again ten times a second until it is over.
    virtual void on_accept_failing(std::string_view /*listener*/, boost::system::error_code /*why*/) {}
    /// It is over: the clients that waited have been accepted.
    virtual void on_accept_recovered(std::string_view /*listener*/) {}
    /// A client waits, and the descriptors are used up. Returns whether the owner has closed one for it.
    virtual bool frees_descriptor() noexcept { return false; }

protected:
    ~listener_owner() = default;
};

/// A listening socket and the loop that accepts from it. Belongs to one executor of one thread. Closes itself
/// when it is destroyed.
class listener {
public:
    /// Binds and listens. As many clients may wait as the system allows (libmilter: smfi_setbacklog). A port
    /// of 0 is chosen by the system; a descriptor is adopted. Programs that the process starts do not inherit
    /// the socket.
    [[nodiscard]] static result<listener> open(boost::asio::any_io_executor const& executor,
                                               socket_spec const& where, listener_options const& options);
    listener(listener&&) noexcept = default;
    listener& operator=(listener&&) = delete;
    ~listener();

    /// Returns where it listens, with the port that the system has chosen.
    socket_spec const& where() const noexcept;
    /// Returns the same as text, such as "inet:8890@127.0.0.1".
    std::string_view name() const noexcept;

    /// Accepts until it is closed. The owner is borrowed, and hears nothing after `close`.
    void start(listener_owner& owner);
    /// Lets clients wait in the system's queue, until `resume`.
    void pause();
    void resume();
    /// Returns whether a client waits there, such as while the listener is paused.
    [[nodiscard]] bool is_awaited() const noexcept;
    /// Accepts no more, and removes the file of a unix socket.
    void close();
    /// Returns the socket as it is, bound and listening, and gives up its file with it: for a program that
    /// shares it.
    [[nodiscard]] int release();

private:
    class state;
    explicit listener(std::shared_ptr<state> made) : state_(std::move(made)) {}
    std::shared_ptr<state> state_;
};

/// Returns the sentence that tells an operator why a socket cannot be listened on, and what to do about it.
std::string explain_listening(socket_spec const& where, boost::system::error_code why);

}  // namespace milterproto

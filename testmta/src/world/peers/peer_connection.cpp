#include "world/peers/peer_connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <optional>

#include "world/peers/tls_channel.hpp"

namespace testmta::world {

namespace {

namespace asio = boost::asio;

/// Bytes that are sent many times are gathered into pieces of this size.
constexpr std::size_t batch = 16 * 1024;

/// The shell of one visit: reads, asks the visit what to do, and does it in order.
class connection {
public:
    connection(std::unique_ptr<transport> line, played_peer who, peer_context const& shared)
        : line_(std::move(line)),
          who_(std::move(who)),
          shared_(shared),
          number_(shared.log.next_connection()),
          visit_(*who_.host, *who_.memory, line_->client()) {}

    static asio::awaitable<void> run(std::shared_ptr<connection> self) {
        self->record(journal::direction::connected, self->line_->client());
        auto const greeting = self->visit_.arrive(self->line_->now());
        self->greeting_ = true;
        auto open = co_await self->perform(greeting);
        self->greeting_ = false;
        while (open) {
            open = co_await self->listen();
            while (open) {
                auto const turn = self->visit_.next(self->line_->now());
                if (!turn) break;
                self->record(journal::direction::received, turn->heard);
                if (turn->message) self->keep(turn->message);
                open = co_await self->perform(turn->effects);
            }
        }
        self->line_->end(ending::close);
        self->who_.memory->left();
        self->record(journal::direction::closed, "");
    }

private:
    void record(journal::direction way, std::string_view line) {
        shared_.log.record(number_, who_.host->name, way, line, line_->now());
    }

    /// Keeps the message before it is answered, so that a client that has its answer finds it.
    void keep(std::shared_ptr<received_message const> const& what) {
        message_ = what;
        auto const number = what->accepted ? shared_.mail.add(who_.host->name, what) : 0;
        shared_.log.record(number_, who_.host->name, *what, number, line_->now());
    }

    /// Waits for the client. If it stays silent, the visit decides what happens. Returns whether the
    /// connection is open.
    asio::awaitable<bool> listen() {
        auto const heard = co_await line_->read(room_, visit_.idle_limit());
        if (heard == transport::outcome::ended) co_return false;
        if (heard == transport::outcome::quiet) {
            auto const effects = visit_.wait_ended(line_->now());
            co_return co_await perform(effects);
        }
        co_return co_await take();
    }

    asio::awaitable<bool> take() {
        if (!tls_) {
            visit_.feed(room_);
            co_return true;
        }
        tls_->feed(room_);
        visit_.feed(tls_->read());
        auto const answer = tls_->to_wire();
        auto const sent = co_await line_->write(answer);
        co_return sent && !tls_->has_failed();
    }

    /// Returns whether the connection is open afterwards.
    asio::awaitable<bool> perform(std::vector<effect> const& effects) {
        for (auto const& one : effects) {
            if (greeting_ && std::holds_alternative<sending>(one) && line_->has_input()) {
                greeting_ = false;
                auto const instead = visit_.spoken_to_early(line_->now());
                if (instead) co_return co_await perform(*instead);
            }
            auto const open = co_await perform(one);
            if (!open) co_return false;
        }
        co_return true;
    }

    asio::awaitable<bool> perform(effect const& one) {
        if (auto const* pause = std::get_if<wait>(&one)) {
            co_await line_->sleep(pause->time);
        } else if (auto const* octets = std::get_if<sending>(&one)) {
            co_return co_await send(*octets);
        } else if (auto const* tls = std::get_if<start_tls>(&one)) {
            co_return co_await shake_hands(tls->how);
        } else if (auto const* later = std::get_if<bounce>(&one)) {
            co_await bounce_message(*later);
        } else if (std::holds_alternative<stop_reading>(one)) {
            co_await line_->sleep(visit_.idle_limit());
            co_return false;
        } else {
            auto const how = std::get<ending>(one);
            line_->end(how);
            co_return how == ending::half_close;
        }
        co_return true;
    }

    asio::awaitable<void> bounce_message(bounce const& how) {
        if (!message_ || !message_->accepted) co_return;
        if (shared_.bounces == nullptr) {
            record(journal::direction::bounced, "not sent: a simulation has no network");
            co_return;
        }
        auto const executor = co_await asio::this_coro::executor;
        shared_.bounces->send(executor, how, message_, who_.host->name, number_);
    }

    asio::awaitable<bool> shake_hands(tls_fault how) {
        tls_.emplace(tls_channel::server(shared_.authority, who_.host->name, how));
        while (!tls_->is_open()) {
            auto const heard = co_await line_->read(room_, visit_.idle_limit());
            if (heard != transport::outcome::octets) co_return fail_handshake(reason_of(heard));
            tls_->feed(room_);
            auto const answer = tls_->to_wire();
            auto const sent = co_await line_->write(answer);
            if (tls_->has_failed()) co_return fail_handshake(tls_->problem());
            if (!sent) co_return fail_handshake(reason_of(transport::outcome::ended));
        }
        visit_.secured();
        visit_.feed(tls_->read());
        record(journal::direction::secured, "");
        co_return true;
    }

    static std::string_view reason_of(transport::outcome how) {
        return how == transport::outcome::quiet ? "the client said nothing during the handshake"
                                                : "the client closed the connection during the handshake";
    }

    /// Returns that the connection is not open afterwards.
    bool fail_handshake(std::string_view why) {
        record(journal::direction::tls_failed, why);
        return false;
    }

    asio::awaitable<bool> send(sending const& what) {
        record_lines(what.octets);
        auto const step = what.pace.octets == 0 ? batch : what.pace.octets;
        auto const endless = what.times == 0;
        for (std::uint32_t left = what.times; endless || left != 0;) {
            // Short pieces that are sent many times are gathered into batches, unless their pace is limited.
            std::string piece;
            do {
                piece += what.octets;
                if (!endless) --left;
            } while ((endless || left != 0) && piece.size() < batch && what.pace.octets == 0);
            for (std::size_t from = 0; from < piece.size(); from += step) {
                auto const sent = co_await put(piece.substr(from, step));
                if (!sent) co_return false;
                if (what.pace.octets != 0) co_await line_->sleep(what.pace.gap);
            }
            if (endless) co_await line_->sleep(endless_gap);
        }
        co_return true;
    }

    asio::awaitable<bool> put(std::string octets) {
        if (tls_) {
            tls_->write(octets);
            octets = tls_->to_wire();
        }
        co_return co_await line_->write(octets);
    }

    void record_lines(std::string_view octets) {
        while (!octets.empty()) {
            auto const end = octets.find("\r\n");
            record(journal::direction::sent, octets.substr(0, end));
            octets.remove_prefix(end == std::string_view::npos ? octets.size() : end + 2);
        }
    }

    /// Without it, sending that never ends would leave no time for anything else.
    static constexpr std::chrono::milliseconds endless_gap{1};

    std::unique_ptr<transport> line_;
    played_peer who_;
    peer_context const& shared_;
    std::uint64_t number_;
    visit visit_;
    std::optional<tls_channel> tls_;
    std::string room_;
    std::shared_ptr<received_message const> message_;  // the latest
    bool greeting_ = false;                            // the greeting's effects are being performed
};

}  // namespace

void serve_client(asio::any_io_executor executor, std::unique_ptr<transport> line, played_peer who,
                  peer_context const& shared) {
    auto client = std::make_shared<connection>(std::move(line), std::move(who), shared);
    asio::co_spawn(executor, connection::run(std::move(client)), asio::detached);
}

}  // namespace testmta::world

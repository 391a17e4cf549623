#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <memory>
#include <string>

#include "callout/doors/world.hpp"
#include "core/brief.hpp"
#include "engine/idle_signal.hpp"
#include "engine/knowledge.hpp"
#include "engine/shared_fetch.hpp"

namespace callout {

/// Brings into memory what the shared store knows and memory lacks, before the engine looks there. Equal
/// questions at the same time are asked once.
class shared_fetches {
public:
    /// `over` is given when none is under way any more.
    shared_fetches(boost::asio::any_io_executor executor, world const& w, knowledge& known,
                   std::shared_ptr<idle_signal> over)
        : executor_(std::move(executor)), world_(w), known_(known), over_(std::move(over)) {}
    shared_fetches(shared_fetches const&) = delete;

    /// Begins to fetch what memory lacks of a question, or joins an equal fetch under way. Null if there is
    /// no shared store, or nothing is lacking. `owner` keeps this alive until the answer has come.
    std::shared_ptr<shared_fetch> begin(std::shared_ptr<void const> owner, core::brief const& what,
                                        steady_time until);
    /// Lets those that wait go on without an answer. What is under way ends by itself.
    void stop();

    std::size_t under_way() const noexcept { return under_way_.size(); }

private:
    using answer = std::vector<std::optional<stored_record>>;
    using shared = std::shared_ptr<shared_fetch>;

    void start(std::shared_ptr<void const> owner, std::string const& key, shared const& one,
               steady_time until);
    void finish(std::string const& key, shared const& one);

    boost::asio::any_io_executor executor_;
    world world_;
    knowledge& known_;
    std::shared_ptr<idle_signal> over_;
    std::map<std::string, shared> under_way_;  ///< by the key of the address
};

}  // namespace callout

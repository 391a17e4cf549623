#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <list>

#include "load/crew.hpp"
#include "load/loader.hpp"
#include "load/script_loader.hpp"
#include "load/workload.hpp"

namespace testmta::load {

/// What the messages are made of: the tests of the script if there is one.
struct content {
    workload const& built_in;
    run::script const* script;
};

/// One thread's share of a load: every connection c for which c modulo the number of threads is `number`.
class worker {
public:
    worker(assignment const& all, content const& of, std::size_t number);

    /// Runs until all connections have ended, or `stop` was called.
    void run();
    void stop() { io_.stop(); }  ///< from any thread

    crew with;

private:
    void tick();
    template <class Loader>
    void start(Loader& one);

    boost::asio::io_context io_{1};
    // The connections end before the context, which then drops what they still await.
    boost::asio::steady_timer ticks_;
    std::list<loader> loaders_;
    std::list<script_loader> script_loaders_;
    std::size_t running_ = 0;
    std::exception_ptr thrown_;
};

}  // namespace testmta::load

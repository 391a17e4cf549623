// says: milterproto: macros is declared as: static constexpr macro_request macros[]
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifdef WITH_FAULT
    macro_request macros[1] = {{macro_stage::connect, "{client_addr}"}};
#else
    static constexpr macro_request macros[1] = {{macro_stage::connect, "{client_addr}"}};
#endif
    void on_close(connection&) {}
};

auto made = make_filter(author());

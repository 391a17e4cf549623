#pragma once

/// All that a filter's author needs.
#include "milterproto/handler.hpp"
#include "milterproto/program.hpp"
#include "milterproto/server.hpp"

using System.CommandLine;
using SmartCity;
using SmartCity.CommandLine;

// Ctrl-C ends the fleet, not the program: what is under way is still processed and accounted for.
var patience = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) };
return await new CityCommand()
    .Parse(args, (options, stopping) => Session.RunAsync(options, Console.Out, Console.Error, stopping))
    .InvokeAsync(patience);

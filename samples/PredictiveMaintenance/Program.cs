using PredictiveMaintenance;
using PredictiveMaintenance.CommandLine;

return await new MaintenanceCommand()
    .Parse(args, static (options, stopping) => Session.RunAsync(options, Console.Out, Console.Error, stopping))
    .InvokeAsync();

using PredictiveMaintenance.Machines;

namespace PredictiveMaintenance.Simulation;

/// <summary>The machines of a plant at work.</summary>
internal sealed class Plant(Scenario scenario, int mqttPort, int coapPort, TimeSpan hour)
{
    /// <summary>How many readings the machines have made, of both kinds.</summary>
    public long Readings { get; private set; }

    /// <summary>The bytes of their payloads.</summary>
    public long Bytes { get; private set; }

    /// <summary>Lets the machines report until the end of the scenario, and waits until all they said is acknowledged.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        List<(Machine Machine, Connection Connection)> plant = [];
        try
        {
            for (int i = 0; i < scenario.Machines.Count; i++)
            {
                plant.Add((new Machine(scenario.Machines[i], scenario, i), await Connection.OpenAsync(scenario.Machines[i], mqttPort, coapPort, cancellationToken)));
            }

            for (DateTimeOffset at = scenario.From; at < scenario.To; at += Machine.Interval)
            {
                await WaitUntilAsync(at, cancellationToken);
                foreach ((Machine machine, Connection connection) in plant)
                {
                    (MotionReading Motion, ProcessReading Process) readings = machine.Report(at, hour);
                    await connection.SendAsync(readings, cancellationToken);
                    Readings += 2;
                }
            }

            await Task.WhenAll(plant.Select(machine => machine.Connection.CompleteAsync(cancellationToken)));
            Bytes = plant.Sum(static machine => machine.Connection.Bytes);
        }
        finally
        {
            foreach ((_, Connection connection) in plant)
            {
                await connection.DisposeAsync();
            }
        }
    }

    public static Task WaitUntilAsync(DateTimeOffset at, CancellationToken cancellationToken) =>
        at - DateTimeOffset.UtcNow is { Ticks: > 0 } wait ? Task.Delay(wait, cancellationToken) : Task.CompletedTask;
}

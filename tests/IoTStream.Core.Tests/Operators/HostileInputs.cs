using IoTStream.Connectors;
using IoTStream.Core.Tests.Oracle;
using IoTStream.Core.Tests.Support;
using IoTStream.Operators;

namespace IoTStream.Core.Tests.Operators;

/// <summary>Random input for operators that are tried under scarce room.</summary>
internal sealed record HostileInputs(List<Hostile.Input<Reading>> Inputs, int BatchSize, int Seed)
{
    public static HostileInputs Create(Random random) => Create(random, watermarks: true);

    public static HostileInputs Create(Random random, bool watermarks)
    {
        int batchSize = random.Next(1, 6);
        long time = 1000;
        int id = 0;
        var inputs = new List<Hostile.Input<Reading>>();
        for (int i = random.Next(30); i > 0; i--)
        {
            if (watermarks && random.Next(3) == 0)
            {
                inputs.Add(new([], time += random.Next(1, 20)));
            }
            else
            {
                inputs.Add(new([.. Enumerable.Range(0, random.Next(1, batchSize + 1)).Select(_ =>
                {
                    long timestamp = time + random.Next(-40, 40);
                    time += random.Next(3);
                    return (timestamp, new Reading(id++, random.Next(8), timestamp, random.Next(100)), random.Next(random.Next(1, 4)));
                })]));
            }
        }

        return new HostileInputs(inputs, batchSize, random.Next());
    }

    public static ErrorHandler Errors(StepCounters counters, Probe<DeadLetter> deadLetters) =>
        new(ErrorPolicy.DeadLetter, counters, new SideOutput<DeadLetter>(deadLetters));
}

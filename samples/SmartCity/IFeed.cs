using IoTStream.Dsl;
using IoTStream.Runtime;
using SmartCity.Traffic;

namespace SmartCity;

/// <summary>Where readings come from: the simulated fleet over MQTT, or files.</summary>
internal interface IFeed : IAsyncDisposable
{
    /// <summary>How much earlier than the latest reading one may be measured and still be on time.</summary>
    TimeSpan OutOfOrderness { get; }

    /// <summary>What to tell people about it.</summary>
    string Description { get; }

    /// <summary>When the first message was sent, by the clock's timestamps; known once it has run.</summary>
    long StartedAt { get; }

    /// <summary>Begins a topology with the readings.</summary>
    DataStream<Reading> Readings(TopologyBuilder city);

    /// <summary>Feeds the job until there is no more, or until asked to stop, and waits until the job has received everything.</summary>
    /// <param name="job">The job that runs the topology.</param>
    /// <param name="stopping">Asks for the end; what is on its way is still received.</param>
    Task RunAsync(Job job, CancellationToken stopping);
}

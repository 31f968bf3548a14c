using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Runtime;

/// <summary>A topology made ready to run: lanes with their tasks, and what was opened for them.</summary>
internal sealed class JobProgram
{
    private readonly List<StepCounters> _previous;

    /// <param name="topology">The name of the topology.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="previous">The program of the same job that has failed, whose counts go on; null if there is none.</param>
    /// <param name="shard">The shard that it is of a topology that is scaled out; null if it is all of one.</param>
    public JobProgram(string topology, JobOptions options, JobProgram? previous = null, Shard? shard = null)
    {
        Shard = shard;
        _previous = previous?.Counters ?? [];
        Topology = topology;
        Options = options;
        PoisonRecords = previous is not null ? previous.PoisonRecords : options.Restart?.MaxTries is { } tries ? new PoisonRecords(tries) : null;
        Outcome = new JobOutcome(topology);
        Epochs = new EpochCoordinator(WakeAll);
        Lanes = [.. Enumerable.Range(0, options.AllLanes).Select(index => new Lane(index, options.BatchSize, options.TimeProvider, Epochs.Tracker))];
        if (shard is not null)
        {
            Lanes[0].Context.Number = shard.Index;
        }
    }

    public string Topology { get; }

    public JobOptions Options { get; }

    /// <summary>The shard that it is of a topology that is scaled out; null if it is all of one.</summary>
    public Shard? Shard { get; }

    public EpochCoordinator Epochs { get; }

    /// <summary>First those that have a thread each, then <see cref="Reading"/>.</summary>
    public Lane[] Lanes { get; private set; }

    /// <summary>The lanes that read sources; empty if the job has one lane, which does everything.</summary>
    public IReadOnlyList<Lane> Reading => Lanes[Options.Lanes..];

    /// <summary>The epochs and their log; null if the job has none.</summary>
    public EpochSession? Session { get; private set; }

    /// <summary>What cuts epochs; null if the job has no log.</summary>
    public EpochLoop? Loop { get; private set; }

    /// <summary>The records that have failed in this life of the job and those before it; null if none is put aside for that.</summary>
    public PoisonRecords? PoisonRecords { get; }

    /// <summary>What has sources acknowledge that have ended, once all lanes have.</summary>
    public List<Action> Acknowledgements { get; } = [];

    /// <summary>What is put between the steps; null, as in every job, for nothing.</summary>
    public Interposer? Interposer { get; init; }

    public StopRequest Stop { get; } = new();

    /// <summary>Cancelled when the job is cancelled or fails.</summary>
    public CancellationTokenSource Cancellation { get; } = new();

    public List<StepCounters> Counters { get; } = [];

    public List<ExchangeFill> Exchanges { get; } = [];

    /// <summary>Readers and writers, in the order in which they were opened, each with the name of its step.</summary>
    public List<(string Step, IAsyncDisposable Resource)> Resources { get; } = [];

    /// <summary>What can be asked of the job's tables, each by the description that it was made of.</summary>
    public Dictionary<object, object> Tables { get; } = [];

    public JobOutcome Outcome { get; }

    public StepCounters AddCounters(string step, int lane)
    {
        StepCounters counters = _previous.Find(found => found.Lane == lane && string.Equals(found.Step, step, StringComparison.Ordinal)) ?? new StepCounters(step, lane);
        counters.Watermark = Watermark.None;
        Counters.Add(counters);
        return counters;
    }

    /// <summary>The job has an epoch log. To be called before anything is compiled.</summary>
    public void Attach(EpochSession session)
    {
        Session = session;
        Loop = new EpochLoop(this, session);
        Epochs.GoOnAfter(session.LastEpoch);
        PoisonRecords?.GoOn(Epochs.Tracker, Cancellation.Token);
        foreach (Lane lane in Lanes)
        {
            lane.Context.Capture = session.Lanes[lane.Index];
        }
    }

    /// <summary>Forgets the reading lanes for which there are no sources. To be called when all sources have been built.</summary>
    public void TrimLanes()
    {
        int used = Lanes.Length;
        while (used > Options.Lanes && Lanes[used - 1].IsDone)
        {
            used--;
        }

        Lanes = Lanes[..used];
    }

    /// <summary>An epoch is to begin after this call, whoever asks for it.</summary>
    public void BeginEpoch()
    {
        if (Loop is { } loop)
        {
            loop.Hurry();
        }
        else
        {
            // If there will not be one, that is seen by how the job ends.
            _ = Epochs.RequestAsync().Exception;
        }
    }

    public void WakeAll()
    {
        foreach (Lane lane in Lanes)
        {
            lane.Wake();
        }
    }
}

namespace IoTStream.Testing;

/// <summary>Takes all decisions of a test job that a schedule leaves open, from one sequence of random numbers.</summary>
internal sealed class Scheduler(TestJobOptions options)
{
    private readonly Random _random = new(options.Seed);
    private readonly WaitingCalls _calls = new();
    private readonly Random _epochs = new(~options.Seed);
    private int _lane = -1;
    private int _burst;
    private int _epochsLeft;

    /// <summary>Whether nothing is made difficult just now, to see whether anything can still move.</summary>
    public bool IsCalm { get; set; }

    private bool IsHostile => options.Schedule == Schedule.Hostile && !IsCalm;

    /// <summary>The lane that steps next.</summary>
    /// <param name="lanes">How many there are.</param>
    public int NextLane(int lanes)
    {
        if (options.Schedule == Schedule.InTurn)
        {
            _lane = (_lane + 1) % lanes;
        }
        else if (_burst-- <= 0)
        {
            _lane = _random.Next(lanes);
            _burst = IsHostile && _random.Next(8) == 0 ? _random.Next(50) : 0;
        }

        return _lane;
    }

    /// <summary>The job begins to move: a few epochs may be asked for until it rests again.</summary>
    public void Begin() => _epochsLeft = IsHostile ? _epochs.Next(3) : 0;

    /// <summary>Whether to ask the job for an epoch.</summary>
    public bool AsksForEpoch()
    {
        if (_epochsLeft == 0 || _epochs.Next(20) > 0)
        {
            return false;
        }

        _epochsLeft--;
        return true;
    }

    /// <summary>How many of the records that are there a source hands out.</summary>
    public int Share(int available) => !IsHostile || available <= 1 ? available : _random.Next(3) switch
    {
        0 => 1,
        1 => _random.Next(1, available + 1),
        _ => available,
    };

    /// <summary>Of how many partitions that have something which is read.</summary>
    public int Pick(int count) => IsHostile ? _random.Next(count) : 0;

    /// <summary>Whether there is room between two steps.</summary>
    public bool HasRoom() => !IsHostile || _random.Next(4) > 0;

    /// <summary>Makes a call of a sink wait, if it has to.</summary>
    public Task DelayAsync(CancellationToken cancellationToken) =>
        IsHostile && _random.Next(3) == 0 ? _calls.WaitAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>Lets a call go on that waits, if it is time to.</summary>
    /// <returns>Whether one went on.</returns>
    public bool LetCallsThrough() => (IsCalm || _random.Next(4) == 0) && _calls.LetOneThrough();
}

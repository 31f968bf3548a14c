namespace IoTStream.Runtime;

/// <summary>
/// The lanes of a job that read sources and do what comes before the first exchange. They have no threads: those of the other lanes step them when these have nothing
/// to do, one thread a lane at a time. So it needs not be known what reading costs beside the rest, and a source that only one lane can read leaves no thread idle.
/// </summary>
internal sealed class ReadingLanes
{
    // So much is read at once that what a thread brings along into its caches pays, and so little that its own lane does not wait for long.
    private const int StepsInRow = 8;

    private readonly Place[] _places;
    private readonly Lane[] _steppers;
    private readonly CancellationToken _cancellationToken;
    private int _done;

    /// <param name="lanes">The lanes.</param>
    /// <param name="steppers">Those whose threads step them.</param>
    /// <param name="cancellationToken">Cancelled when nothing more is to be done.</param>
    public ReadingLanes(IReadOnlyList<Lane> lanes, Lane[] steppers, CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        _steppers = steppers;
        _places = [.. lanes.Select(static lane => new Place(lane))];
        for (int i = 0; i < _places.Length; i++)
        {
            (Place place, int home) = (_places[i], i % steppers.Length);
            place.Lane.Waker = () => Wake(place, home);
        }
    }

    /// <summary>Whether all have ended.</summary>
    public bool AreDone => Volatile.Read(ref _done) == _places.Length;

    /// <summary>Does a bounded part of what there is to do, with the lanes that no other thread is stepping.</summary>
    /// <param name="stepper">Which thread it is, each of which begins with another lane.</param>
    /// <returns>Whether anything was done.</returns>
    public bool Step(int stepper)
    {
        bool progress = false;
        for (int i = 0; i < _places.Length && !progress; i++)
        {
            progress = Step(_places[(stepper + i) % _places.Length], setsTimer: false);
        }

        return progress;
    }

    /// <summary>As <see cref="Step(int)"/>, by a thread that is about to sleep. What a lane waits for that another thread holds is left to that one.</summary>
    public bool StepOrSetTimers(int stepper)
    {
        bool progress = false;
        for (int i = 0; i < _places.Length && !progress; i++)
        {
            progress = Step(_places[(stepper + i) % _places.Length], setsTimer: true);
        }

        return progress;
    }

    private bool Step(Place place, bool setsTimer)
    {
        if (!place.TryEnter())
        {
            return false;
        }

        // A lane that has thrown is not stepped again: it stays entered.
        int steps = 0;
        while (steps < StepsInRow && !_cancellationToken.IsCancellationRequested && place.Lane.Step())
        {
            steps++;
        }

        bool isDone = steps < StepsInRow && place.Lane.IsDone;
        if (setsTimer && steps == 0 && !isDone)
        {
            place.Lane.SetTimer();
        }

        if (isDone)
        {
            // It stays entered, as there is nothing more to do.
            Interlocked.Increment(ref _done);
            Array.ForEach(_steppers, static stepper => stepper.Wake());
            return true;
        }

        return place.Exit() || steps > 0;
    }

    /// <summary>Wakes a thread for a lane, unless one is stepping it: that one looks again.</summary>
    private void Wake(Place place, int home)
    {
        // What the caller has published must be visible before it is decided that whoever steps the lane next will see it.
        Interlocked.MemoryBarrier();
        if (place.IsToldToLookAgain())
        {
            return;
        }

        for (int i = 0; i < _steppers.Length; i++)
        {
            Lane stepper = _steppers[(home + i) % _steppers.Length];
            if (stepper.Signal.IsParked)
            {
                stepper.Wake();
                return;
            }
        }
    }

    /// <summary>A lane, and whether a thread is stepping it.</summary>
    private sealed class Place(Lane lane)
    {
        private const int Free = 0;
        private const int Entered = 1;
        private const int EnteredAndWoken = 2;
        private int _state;

        public Lane Lane { get; } = lane;

        public bool TryEnter() => Volatile.Read(ref _state) == Free && Interlocked.CompareExchange(ref _state, Entered, Free) == Free;

        /// <returns>Whether there may be something to do that came while the lane was stepped.</returns>
        public bool Exit()
        {
            if (Interlocked.CompareExchange(ref _state, Free, Entered) == Entered)
            {
                return false;
            }

            Volatile.Write(ref _state, Free);
            return true;
        }

        /// <returns>False if no thread is stepping the lane.</returns>
        public bool IsToldToLookAgain() =>
            Volatile.Read(ref _state) != Free && Interlocked.CompareExchange(ref _state, EnteredAndWoken, Entered) != Free;
    }
}

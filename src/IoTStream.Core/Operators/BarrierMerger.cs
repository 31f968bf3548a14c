namespace IoTStream.Operators;

/// <summary>
/// Aligns several inputs at a barrier: one that has delivered it is not read further until all have. Inputs that have ended are left out. A
/// barrier comes only when all operators have passed on the one before it, so there is never more than one to wait for.
/// </summary>
internal sealed class BarrierMerger(int inputs)
{
    private readonly bool[] _delivered = new bool[inputs];
    private readonly bool[] _ended = new bool[inputs];
    private int _missing = inputs;
    private int _open = inputs;

    /// <summary>The epoch whose barrier has come on some input.</summary>
    public long Epoch { get; private set; }

    /// <summary>Whether all inputs that have not ended have delivered the barrier, and one did.</summary>
    public bool IsAligned => _missing == 0 && _open > 0;

    /// <summary>Whether some inputs have delivered the barrier and others have not.</summary>
    public bool IsAligning => _missing > 0 && _missing < _open;

    /// <summary>Whether an input has delivered its barrier and waits for the others.</summary>
    public bool Holds(int input) => _delivered[input];

    public void OnBarrier(int input, long epoch)
    {
        Epoch = epoch;
        _delivered[input] = true;
        _missing--;
    }

    /// <summary>An input that holds a barrier must not end before it is released.</summary>
    public void OnEnd(int input)
    {
        if (!_ended[input])
        {
            _ended[input] = true;
            _open--;
            _missing--;
        }
    }

    /// <summary>The barrier has been passed on: all inputs go on.</summary>
    public void Release()
    {
        Array.Clear(_delivered);
        _missing = _open;
    }
}

namespace IoTStream.Operators;

/// <summary>
/// Implemented by an operator that can produce more than one batch from one batch or signal. What does not find room downstream waits
/// inside it, and the lane has it go on before anything new is fed to it.
/// </summary>
internal interface IResumable
{
    bool HasPending { get; }

    /// <summary>Goes on as far as there is room downstream.</summary>
    /// <returns>Whether anything was done.</returns>
    bool Resume();
}

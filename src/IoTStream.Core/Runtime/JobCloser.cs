using IoTStream.Operators;

namespace IoTStream.Runtime;

/// <summary>Closes what a job has opened, in the opposite order, and does not wait for ever.</summary>
internal static class JobCloser
{
    public static async Task CloseAsync(JobProgram program, Action<Exception> fail)
    {
        JobOptions options = program.Options;
        for (int i = program.Resources.Count - 1; i >= 0; i--)
        {
            (string step, IAsyncDisposable resource) = program.Resources[i];
            try
            {
                Task closing = resource.DisposeAsync().AsTask();
                await closing.WaitAsync(options.CloseTimeout, options.TimeProvider).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!closing.IsCompleted)
                {
                    throw new TimeoutException($"It did not close within {options.CloseTimeout}.");
                }

                await closing.ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                fail(new StepException(step, exception));
            }
        }
    }
}
